export type Tokens = { readonly access: string; readonly refresh: string };

/** The device's encrypted storage for the tokens. AsyncStorage is not encrypted and must not be used for it. */
export type TokenStore = {
  read(): Promise<Tokens | undefined>;
  write(tokens: Tokens): Promise<void>;
  clear(): Promise<void>;
};

/** The user has to log in again, because the device has no valid tokens any more. The app shows the login screen. */
export class MustLogIn extends Error {}

/** A request was refused. The app decides by `code` what to do: docs/app/api.md lists the codes. */
export class RequestRefused extends Error {
  readonly status: number;
  /** The problem's code. It is empty when the response did not come from the Opportunities service. */
  readonly code: string;

  constructor(status: number, code: string) {
    super(`${status} ${code}`);
    this.status = status;
    this.code = code;
  }
}

/** The body of a response, and its entity tag, which `edit` needs. */
export type Result = { readonly body: unknown; readonly etag: string | null };

type Request = { method: string; body?: object; headers?: Record<string, string> };

export class OpportunitiesClient {
  private readonly django: string;
  private readonly opportunities: string;
  private readonly tokens: TokenStore;
  private refreshing: Promise<string> | undefined;

  /** @param origins the origins of the two services without a slash at the end, e.g. https://django.example.org */
  constructor(origins: { django: string; opportunities: string }, tokens: TokenStore) {
    this.django = origins.django;
    this.opportunities = origins.opportunities;
    this.tokens = tokens;
  }

  /** @throws RequestRefused with status 401 when the name or the password is wrong. */
  async logIn(username: string, password: string): Promise<void> {
    const response = await post(`${this.django}/api/auth/login/`, { username, password });
    if (!response.ok) throw new RequestRefused(response.status, '');
    await this.tokens.write((await response.json()) as Tokens);
  }

  async logOut(): Promise<void> {
    const tokens = await this.tokens.read();
    await this.tokens.clear();
    // Without a connection Django does not learn of the logout, but the device has deleted its copy of the refresh token.
    if (tokens) await post(`${this.django}/api/auth/logout/`, { refresh: tokens.refresh }).catch(() => undefined);
  }

  /**
   * @param key an idempotency key: a UUID that the app makes when it shows the form. After a lost connection call this
   *   again with the same key, and the service does not create the opportunity a second time.
   */
  create(opportunity: object, key: string): Promise<Result> {
    return this.request('', { method: 'POST', body: opportunity, headers: { 'Idempotency-Key': key } });
  }

  /** @param etag the entity tag of the version that the user has read and now edits. */
  edit(id: string, changes: object, etag: string): Promise<Result> {
    return this.request(`/${id}`, { method: 'PATCH', body: changes, headers: { 'If-Match': etag } });
  }

  /** @throws MustLogIn @throws RequestRefused @throws TypeError when there is no connection. */
  async request(path: string, request: Request): Promise<Result> {
    const access = (await this.tokens.read())?.access;
    if (access === undefined) throw new MustLogIn();
    let response = await this.send(path, request, access);
    let code = await codeOf(response);
    // An expired token is the only error that a new token can solve, so the request is tried again once.
    if (code === 'token_expired') {
      response = await this.send(path, request, await this.freshAccess(access));
      code = await codeOf(response);
    }
    if (code === 'token_invalid' || code === 'token_revoked') {
      await this.tokens.clear();
      throw new MustLogIn();
    }
    if (!response.ok) throw new RequestRefused(response.status, code);
    const body: unknown = response.status === 204 ? undefined : await response.json();
    return { body, etag: response.headers.get('ETag') };
  }

  private send(path: string, { method, body, headers }: Request, access: string): Promise<Response> {
    return fetch(`${this.opportunities}/api/v1/opportunities${path}`, {
      method,
      headers: { ...headers, Authorization: `Bearer ${access}`, 'Content-Type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    });
  }

  /** Requests whose token expires at the same time share one refresh. */
  private freshAccess(expired: string): Promise<string> {
    this.refreshing ??= this.refresh(expired).finally(() => {
      this.refreshing = undefined;
    });
    return this.refreshing;
  }

  private async refresh(expired: string): Promise<string> {
    const tokens = await this.tokens.read();
    if (!tokens) throw new MustLogIn();
    // Another request has refreshed the token while this one waited for its response.
    if (tokens.access !== expired) return tokens.access;
    const response = await post(`${this.django}/api/auth/refresh/`, { refresh: tokens.refresh });
    if (response.status === 401) {
      await this.tokens.clear();
      throw new MustLogIn();
    }
    if (!response.ok) throw new RequestRefused(response.status, '');
    // With ROTATE_REFRESH_TOKENS the response has a new refresh token, too.
    const fresh = { ...tokens, ...((await response.json()) as Partial<Tokens>) };
    // The user may have logged out in the meantime.
    if (!(await this.tokens.read())) throw new MustLogIn();
    await this.tokens.write(fresh);
    return fresh.access;
  }
}

function post(url: string, body: object): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
}

/** The code of a refused request; empty when the request succeeded or the response did not come from the service. */
async function codeOf(response: Response): Promise<string> {
  if (response.ok) return '';
  const problem = (await response.json().catch(() => ({}))) as { code?: string };
  return problem.code ?? '';
}
