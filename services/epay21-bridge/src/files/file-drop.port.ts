/** A finished file on its way to a finance system. */
export interface FinishedFile {
  /** The same at each try; part of temporary names. */
  readonly id: string;
  readonly name: string;
  readonly content: Buffer;
}

/** Where a finance system takes its files from, whichever protocol reaches it. */
export interface FileDrop {
  /**
   * Puts the file there in one piece: nobody ever sees half of it under its name. The same bytes there already are a
   * success, so it may be called again after anything. Where a crash or a lost answer hid that the file had arrived, and the
   * finance system has taken it away since, it comes a second time: the same name, number and bytes.
   * @throws HUB_EPAY_DROP_NAME_TAKEN another file has the name; it was not replaced
   * @throws HUB_EPAY_DROP_UNAVAILABLE, and others of class `later`
   */
  put(file: FinishedFile): Promise<void>;
}
