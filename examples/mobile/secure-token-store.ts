import * as SecureStore from 'expo-secure-store';

const KEY = 'opportunities.tokens';

/** Stores the tokens in the keychain of iOS, or in a file that the keystore of Android encrypts. */
export const secureTokenStore = {
  async read(): Promise<{ access: string; refresh: string } | undefined> {
    const text = await SecureStore.getItemAsync(KEY);
    return text === null ? undefined : (JSON.parse(text) as { access: string; refresh: string });
  },
  write(tokens: { access: string; refresh: string }): Promise<void> {
    return SecureStore.setItemAsync(KEY, JSON.stringify(tokens));
  },
  clear(): Promise<void> {
    return SecureStore.deleteItemAsync(KEY);
  },
};
