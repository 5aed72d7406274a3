export type Tokens = { readonly access: string; readonly refresh: string };

/** Where the device keeps the tokens: encrypted, so not AsyncStorage. */
export type TokenStore = {
  read(): Promise<Tokens | undefined>;
  write(tokens: Tokens): Promise<void>;
  clear(): Promise<void>;
};

/** Show the login screen. There are no tokens on the device any more. */
export class MustLogIn extends Error {}

/** Switch on `code`: docs/app/api.md says what to do. */
export class RequestRefused extends Error {
  readonly status: number;
  /** Empty when it was not the Opportunities service that answered. */
  readonly code: string;

  constructor(status: number, code: string) {
    super(`${status} ${code}`);
    this.status = status;
    this.code = code;
  }
}

/** The ETag is what `edit` wants of whoever read this. */
export type Answer = { readonly body: unknown; readonly etag: string | null };

type Request = { method: string; body?: object; headers?: Record<string, string> };

export class OpportunitiesClient {
  private readonly django: string;
  private readonly opportunities: string;
  private readonly tokens: TokenStore;
  private refreshing: Promise<string> | undefined;

  /** @param origins without a slash at the end, such as https://django.example.org */
  constructor(origins: { django: string; opportunities: string }, tokens: TokenStore) {
    this.django = origins.django;
    this.opportunities = origins.opportunities;
    this.tokens = tokens;
  }

  /** @throws RequestRefused with status 401 when the name or the password is wrong. */
  async logIn(username: string, password: string): Promise<void> {
    const answer = await post(`${this.django}/api/auth/login/`, { username, password });
    if (!answer.ok) throw new RequestRefused(answer.status, '');
    await this.tokens.write((await answer.json()) as Tokens);
  }

  async logOut(): Promise<void> {
    const tokens = await this.tokens.read();
    await this.tokens.clear();
    // Without a connection Django does not learn of it: then nobody has this refresh token until it expires.
    if (tokens) await post(`${this.django}/api/auth/logout/`, { refresh: tokens.refresh }).catch(() => undefined);
  }

  /**
   * @param key a UUID, made when the user taps the button. After a lost connection call this again with the same key: what
   * was created already is not created a second time.
   */
  create(opportunity: object, key: string): Promise<Answer> {
    return this.request('', { method: 'POST', body: opportunity, headers: { 'Idempotency-Key': key } });
  }

  /** @param etag of the answer in which the user has read what is changed now. */
  edit(id: string, changes: object, etag: string): Promise<Answer> {
    return this.request(`/${id}`, { method: 'PATCH', body: changes, headers: { 'If-Match': etag } });
  }

  /** @throws MustLogIn @throws RequestRefused @throws TypeError when there is no connection. */
  async request(path: string, request: Request): Promise<Answer> {
    const access = (await this.tokens.read())?.access;
    if (access === undefined) throw new MustLogIn();
    let answer = await this.send(path, request, access);
    let code = await codeOf(answer);
    // Only this code, and only once: nothing else gets better with a new token.
    if (code === 'token_expired') {
      answer = await this.send(path, request, await this.freshAccess(access));
      code = await codeOf(answer);
    }
    if (code === 'token_invalid' || code === 'token_revoked') {
      await this.tokens.clear();
      throw new MustLogIn();
    }
    if (!answer.ok) throw new RequestRefused(answer.status, code);
    const body: unknown = answer.status === 204 ? undefined : await answer.json();
    return { body, etag: answer.headers.get('ETag') };
  }

  private send(path: string, { method, body, headers }: Request, access: string): Promise<Response> {
    return fetch(`${this.opportunities}/api/v1/opportunities${path}`, {
      method,
      headers: { ...headers, Authorization: `Bearer ${access}`, 'Content-Type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    });
  }

  /** Requests that fail at the same time wait for one refresh. */
  private freshAccess(expired: string): Promise<string> {
    this.refreshing ??= this.refresh(expired).finally(() => {
      this.refreshing = undefined;
    });
    return this.refreshing;
  }

  private async refresh(expired: string): Promise<string> {
    const tokens = await this.tokens.read();
    if (!tokens) throw new MustLogIn();
    // Another request has refreshed while the answer to this one was on its way.
    if (tokens.access !== expired) return tokens.access;
    const answer = await post(`${this.django}/api/auth/refresh/`, { refresh: tokens.refresh });
    if (answer.status === 401) {
      await this.tokens.clear();
      throw new MustLogIn();
    }
    if (!answer.ok) throw new RequestRefused(answer.status, '');
    // With ROTATE_REFRESH_TOKENS there is a new refresh token, too.
    const fresh = { ...tokens, ...((await answer.json()) as Partial<Tokens>) };
    // The user has logged out in the meantime.
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

/** Of a refusal; empty when all went well, or when something else than the service answered. */
async function codeOf(answer: Response): Promise<string> {
  if (answer.ok) return '';
  const problem = (await answer.json().catch(() => ({}))) as { code?: string };
  return problem.code ?? '';
}
