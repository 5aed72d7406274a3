export type TokenAlgorithm =
  | `${'HS' | 'RS' | 'ES' | 'PS'}${'256' | '384' | '512'}`
  /** Ed25519 and Ed448 (RFC 8037). */
  | 'EdDSA';

/** How Django signs tokens and which claims they have. Each setting has a counterpart in Django's SIMPLE_JWT. */
export type TokenVerifierSettings = ClaimSettings & {
  /** The only accepted algorithm (ALGORITHM). */
  readonly algorithm: TokenAlgorithm;
  readonly keys: KeySettings;
};

export type KeySettings =
  /** SIGNING_KEY, for HS256, HS384 and HS512. After a change the previous secret is still accepted. */
  | { readonly secret: string; readonly previousSecret: string | undefined }
  /** VERIFYING_KEY, in PEM format. */
  | { readonly publicKey: string }
  /** JWK_URL */
  | { readonly jwksUrl: string };

export type ClaimSettings = {
  /** ISSUER. When undefined, any issuer is accepted, and so is a token without one. */
  readonly issuer: string | undefined;
  /** AUDIENCE. When undefined, any audience is accepted, and so is a token without one. */
  readonly audience: string | undefined;
  /** LEEWAY: seconds by which the clocks may differ. */
  readonly leewaySeconds: number;
  /** USER_ID_CLAIM */
  readonly userIdClaim: string;
  /** The token_type of each class in AUTH_TOKEN_CLASSES. */
  readonly tokenTypes: readonly string[];
  /** The longest lifetime that is accepted. Django's tokens live for ACCESS_TOKEN_LIFETIME. */
  readonly maxLifetimeSeconds: number;
};
