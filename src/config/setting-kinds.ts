import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { z } from 'zod';

/**
 * A setting that names a PEM file. Its value is the content of the file.
 * @param read parses the PEM, and throws an error of OpenSSL when the text is not one.
 */
const pemFile = (what: string, read: (pem: string) => unknown) =>
  z.string().transform((path, context) => {
    try {
      const pem = readFileSync(path, 'utf8');
      read(pem);
      return pem;
    } catch (error) {
      const code = String((error as NodeJS.ErrnoException).code);
      const message = code.startsWith('ERR_') ? `is not a PEM file with ${what}` : `cannot be read: ${code}`;
      context.addIssue({ code: 'custom', message });
      return z.NEVER;
    }
  });

export const certificatesFile = pemFile('certificates', (pem) => new X509Certificate(pem));
export const privateKeyFile = pemFile('a private key, without a passphrase', (pem) => createPrivateKey(pem));

/** @returns a setting that is a whole number of up to nine decimal digits. */
export const integer = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, `must be a whole number from ${min} to ${max}`)
    .transform(Number)
    .refine((value) => value >= min && value <= max, `must be a whole number from ${min} to ${max}`);

export const flag = z.enum(['true', 'false'], 'must be true or false').transform((value) => value === 'true');
