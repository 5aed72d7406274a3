import { expect } from 'chai';
import { TokenRejected, type TokenRejection, type TokenVerifier } from '#application/ports/tokens/token-verifier';
import { rejection } from '../system/rejection.ts';

/** Returns the code with which a token is refused. Fails when it is accepted, or when another error is thrown. */
export async function refusalOf(verifier: TokenVerifier, token: string): Promise<TokenRejection> {
  const error = await rejection(verifier.verify(token));
  expect(error).to.be.instanceOf(TokenRejected);
  const { code, message, cause } = error as TokenRejected;
  // Clients see the message, also inside the quotes of a header. It quotes nothing of the token, and has no cause.
  expect(message).to.match(/^The token [A-Za-z0-9 :-]+\.$/);
  expect(cause).to.equal(undefined);
  return code;
}
