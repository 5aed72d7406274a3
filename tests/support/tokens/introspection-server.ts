import type { Clock } from '#application/ports/system/clock';
import { bodyOf, BreakableHttpServer } from '../servers/breakable-http-server.ts';

type IssuedToken = { readonly sub: string; readonly exp: number; readonly [member: string]: unknown };

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
    ...others
  }: {
    readonly userId: string;
    readonly role?: string;
    readonly type?: string;
    readonly lifetimeSeconds?: number;
    readonly [member: string]: unknown;
  }): string {
    const token = `opaque-${this.issued.size}-x`;
    const iat = Math.floor(this.clock.now().getTime() / 1000);
    const use = `${type}_token`;
    this.issued.set(token, { sub: userId, role, token_use: use, iat, exp: iat + lifetimeSeconds, ...others });
    return token;
  }

  /** Says of an expired token when it expired, so that a client can tell it from an unknown one. */
  private introspect(token: string): object {
    const issued = this.issued.get(token);
    if (!issued) return { active: false };
    const active = issued.exp * 1000 > this.clock.now().getTime();
    return active ? { active, ...issued } : { active, exp: issued.exp };
  }
}
