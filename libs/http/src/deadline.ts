/** One timer, armed again for each phase of a request. */
export class Deadline {
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly expire: () => void) {}

  arm(milliseconds: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(this.expire, milliseconds);
  }

  disarm(): void {
    clearTimeout(this.timer);
  }
}
