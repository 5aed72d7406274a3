/** Formats that others have defined. Each takes a string of any content and never throws. */

const CURRENCIES = new Set(Intl.supportedValuesOf('currency'));
const COUNTRY_NAMES = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' });
const INTERNAL_TOP_LEVELS = /\.(local|localhost|internal|intranet|lan|home|corp|test|invalid|onion)$/;
const IP_LITERAL = /^\[|^\d+(\.\d+){3}$/;

/** ISO 3166-1 alpha-2. ICU also names "ZZ", the unknown region, which is no place to go to. */
export function isCountry(value: string): boolean {
  return /^[A-Z]{2}$/.test(value) && value !== 'ZZ' && COUNTRY_NAMES.of(value) !== undefined;
}

/** ISO 4217. */
export function isCurrency(value: string): boolean {
  return CURRENCIES.has(value);
}

/** A name of the IANA time zone database, aliases included; no bare offsets, which know no summer time. */
export function isTimeZone(value: string): boolean {
  if (!/^[A-Za-z]/.test(value)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: value });
    return true;
  } catch {
    return false;
  }
}

/** A well-formed BCP 47 language tag. */
export function isLanguage(value: string): boolean {
  try {
    return Intl.getCanonicalLocales(value).length === 1;
  } catch {
    return false;
  }
}

/** Something@host.name: whether mail arrives only sending can tell. */
export function isEmail(value: string): boolean {
  return /^[^\s@]+@[^\s@]+\.[^\s@.]+$/.test(value);
}

/** https, no credentials, and a host that a stranger's phone can reach: no IP address, no internal name. */
export function isPublicHttpsUrl(value: string): boolean {
  if (!/^https:\/\/[^\s\\]+$/i.test(value) || !URL.canParse(value)) return false;
  const { username, password, hostname } = new URL(value);
  const publicName = hostname.includes('.') && !IP_LITERAL.test(hostname) && !INTERNAL_TOP_LEVELS.test(hostname);
  return username === '' && password === '' && publicName;
}
