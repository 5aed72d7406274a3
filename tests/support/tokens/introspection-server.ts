import type { Clock } from '#application/ports/system/clock';
import { bodyOf, BreakableHttpServer } from '../servers/breakable-http-server.ts';

type IssuedToken = {
  readonly sub: string;
  readonly exp: number;
  readonly nbf: number;
  readonly [member: string]: unknown;
};

/** A token issuer whose introspection endpoint (RFC 7662) knows the tokens that a test has issued. */
export class IntrospectionServer {
  readonly server: BreakableHttpServer;
  /** A response that the server gives in place of the right one. */
  instead: { readonly status: number; readonly body: string } | undefined;
  private readonly clock: Clock;
  private readonly issued = new Map<string, IssuedToken>();

  constructor(clock: Clock) {
    this.clock = clock;
    this.server = new BreakableHttpServer((request, response) => {
      void bodyOf(request).then((body) => {
        const token = new URLSearchParams(body).get('token') ?? '';
        const known = request.headers.authorization === `Basic ${Buffer.from('client:se%20cret').toString('base64')}`;
        const answer = known ? JSON.stringify(this.introspect(token)) : '{"error":"invalid_client"}';
        response.statusCode = this.instead?.status ?? (known ? 200 : 401);
        response.end(this.instead?.body ?? answer);
      });
    });
  }

  get settings() {
    return { url: `${this.server.url}/introspect`, clientId: 'client', clientSecret: 'se cret' };
  }

  issue({
    userId,
    role,
    type = 'access',
    lifetimeSeconds = 3600,
    startsInSeconds = 0,
    isDated = true,
    ...others
  }: {
    readonly userId: string;
    readonly role?: string;
    readonly type?: string;
    readonly lifetimeSeconds?: number;
    readonly startsInSeconds?: number;
    readonly isDated?: boolean;
    readonly [member: string]: unknown;
  }): string {
    const token = `opaque-${this.issued.size}-x`;
    const now = Math.floor(this.clock.now().getTime() / 1000);
    const times = { ...(isDated && { iat: now }), nbf: now + startsInSeconds, exp: now + lifetimeSeconds };
    this.issued.set(token, { sub: userId, role, token_use: `${type}_token`, ...times, ...others });
    return token;
  }

  /** Names the times of an inactive token, so that a client can tell it from an unknown one. */
  private introspect(token: string): object {
    const issued = this.issued.get(token);
    if (!issued) return { active: false };
    const { nbf, exp } = issued;
    const now = this.clock.now().getTime() / 1000;
    return nbf <= now && now < exp ? { active: true, ...issued } : { active: false, nbf, exp };
  }
}
