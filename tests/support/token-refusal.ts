import { expect } from 'chai';
import { TokenRejected, type TokenRejection, type TokenVerifier } from '#application/ports/tokens/token-verifier';
import { rejection } from './rejection.ts';

/** Why a token is refused; fails when it is accepted, or when something else is thrown. */
export async function refusalOf(verifier: TokenVerifier, token: string): Promise<TokenRejection> {
  const error = await rejection(verifier.verify(token));
  expect(error).to.be.instanceOf(TokenRejected);
  const { code, message, cause } = error as TokenRejected;
  // The message goes to clients, also in a quoted header: it is one of a few sentences of ours, and nothing is attached.
  expect(message).to.match(/^The token [A-Za-z0-9 :-]+\.$/);
  expect(cause).to.equal(undefined);
  return code;
}
