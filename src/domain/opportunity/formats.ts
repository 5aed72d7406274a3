/** Formats that others have defined. Each takes a string of any content and never throws. */

const CURRENCIES = new Set(Intl.supportedValuesOf('currency'));
const COUNTRY_NAMES = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' });
/** ICU has names for these too: reserved codes, groups of countries, and regions for tests. */
const NO_COUNTRIES = new Set(['AC', 'CP', 'CQ', 'DG', 'EA', 'EU', 'EZ', 'IC', 'QO', 'TA', 'UN', 'XA', 'XB', 'ZZ']);
/** No empty label: with a dot at the end, an internal name would not look like one. */
const DOMAIN_NAME = /^[^.]+(\.[^.]+)+$/;
const INTERNAL_TOP_LEVELS = /\.(local|localhost|internal|intranet|lan|home|corp|test|invalid|onion)$/;
const IP_LITERAL = /^\[|^\d+(\.\d+){3}$/;

/** ISO 3166-1 alpha-2, and XK for Kosovo, which ISO leaves to its users. Former codes and other names (UK) are none. */
export function isCountry(value: string): boolean {
  if (!/^[A-Z]{2}$/.test(value) || NO_COUNTRIES.has(value) || COUNTRY_NAMES.of(value) === undefined) return false;
  return new Intl.Locale(`und-${value}`).region === value;
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
  if (!/^https:\/\/[^\s\\/][^\s\\]*$/i.test(value) || !URL.canParse(value)) return false;
  const { username, password, hostname } = new URL(value);
  const publicName = DOMAIN_NAME.test(hostname) && !IP_LITERAL.test(hostname) && !INTERNAL_TOP_LEVELS.test(hostname);
  return username === '' && password === '' && publicName;
}
