import { MustLogIn, type OpportunitiesClient, RequestRefused } from './opportunities-client.ts';

/**
 * Posts the form when the user taps "Post".
 * @param key an idempotency key. The screen makes one for each form, with randomUUID() of expo-crypto.
 * @returns the text to show
 */
export async function post(client: OpportunitiesClient, form: object, key: string): Promise<string> {
  try {
    await client.create(form, key);
    return 'Posted';
  } catch (error) {
    if (error instanceof MustLogIn) return 'Please log in again';
    if (error instanceof RequestRefused && error.status < 500 && error.status !== 429)
      return `Not possible: ${error.code}`;
    return 'This did not work. Try again: it will not be posted twice.';
  }
}
