import { MustLogIn, type OpportunitiesClient, RequestRefused } from './opportunities-client.ts';

/**
 * What happens when the user taps "Post".
 * @param key made by whoever shows the form, once for each form: randomUUID() of expo-crypto.
 * @returns what to show
 */
export async function post(client: OpportunitiesClient, form: object, key: string): Promise<string> {
  try {
    await client.create(form, key);
    return 'Posted';
  } catch (error) {
    if (error instanceof MustLogIn) return 'Please log in again';
    if (error instanceof RequestRefused && error.status < 500 && error.status !== 429)
      return `Not possible: ${error.code}`;
    return 'Not now. Try again: it will not be posted twice.';
  }
}
