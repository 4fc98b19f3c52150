/** Cookie of the OpenID Provider's session; it is given out and never read again. */
export const SESSION_COOKIE = 'ozg_identity_session';
