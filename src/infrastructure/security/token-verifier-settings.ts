export type TokenAlgorithm =
  | `${'HS' | 'RS' | 'ES' | 'PS'}${'256' | '384' | '512'}`
  /** Ed25519 and Ed448 (RFC 8037). */
  | 'EdDSA';

/**
 * Settings that say how Django signs tokens and which claims they have. Each setting has a counterpart in Django's
 * SIMPLE_JWT.
 */
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
  /** The address of the issuer's keys (JWK_URL). */
  | { readonly jwksUrl: string };

export type ClaimSettings = {
  /** The required issuer (ISSUER). When undefined, tokens of any issuer and tokens without an issuer are accepted. */
  readonly issuer: string | undefined;
  /**
   * The required audience (AUDIENCE). When undefined, tokens for any audience and tokens without an audience are
   * accepted.
   */
  readonly audience: string | undefined;
  /** Seconds by which the clocks may differ (LEEWAY). */
  readonly leewaySeconds: number;
  /** The name of the claim that holds the user id (USER_ID_CLAIM). */
  readonly userIdClaim: string;
  /** The token_type of each class in AUTH_TOKEN_CLASSES. */
  readonly tokenTypes: readonly string[];
  /** The longest lifetime that is accepted. Django's tokens live for ACCESS_TOKEN_LIFETIME. */
  readonly maxLifetimeSeconds: number;
};
