export type TokenAlgorithm =
  | `${'HS' | 'RS' | 'ES' | 'PS'}${'256' | '384' | '512'}`
  /** Ed25519 and Ed448 (RFC 8037). */
  | 'EdDSA';

/** How Django signs, and what its tokens say: each has its counterpart in SIMPLE_JWT. */
export type TokenSettings = ClaimSettings & {
  /** The one that is accepted (ALGORITHM). */
  readonly algorithm: TokenAlgorithm;
  readonly keys: KeySettings;
};

export type KeySettings =
  /** SIGNING_KEY, for HS256, HS384 and HS512. The previous one is still accepted after a change. */
  | { readonly secret: string; readonly previousSecret: string | undefined }
  /** VERIFYING_KEY: a PEM. */
  | { readonly publicKey: string }
  /** JWK_URL. */
  | { readonly jwksUrl: string };

export type ClaimSettings = {
  /** ISSUER: undefined accepts any, and none. */
  readonly issuer: string | undefined;
  /** AUDIENCE, as ISSUER. */
  readonly audience: string | undefined;
  /** LEEWAY: by how much the clocks may differ. */
  readonly leewaySeconds: number;
  /** USER_ID_CLAIM */
  readonly userIdClaim: string;
  /** The token_type of AUTH_TOKEN_CLASSES. */
  readonly tokenTypes: readonly string[];
  /** ACCESS_TOKEN_LIFETIME: a token that is valid for longer is none of Django's. */
  readonly maxLifetimeSeconds: number;
};
