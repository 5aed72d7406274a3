import { NOT_IN_LINES } from '../text.ts';

/**
 * Names of the IANA time zone database that the JavaScript engine knows and does not list: aliases, former names, and the
 * zones that belong to no place. Phones still report some of them.
 */
const OTHER_TIME_ZONES = `
  Africa/Asmara Africa/Timbuktu America/Argentina/Buenos_Aires America/Argentina/Catamarca
  America/Argentina/ComodRivadavia America/Argentina/Cordoba America/Argentina/Jujuy America/Argentina/Mendoza
  America/Atikokan America/Atka America/Ensenada America/Fort_Wayne America/Indiana/Indianapolis
  America/Kentucky/Louisville America/Knox_IN America/Montreal America/Nipigon America/Nuuk America/Pangnirtung
  America/Porto_Acre America/Rainy_River America/Rosario America/Santa_Isabel America/Shiprock America/Thunder_Bay
  America/Virgin America/Yellowknife Antarctica/South_Pole Asia/Ashkhabad Asia/Choibalsan Asia/Chongqing
  Asia/Chungking Asia/Dacca Asia/Harbin Asia/Ho_Chi_Minh Asia/Istanbul Asia/Kashgar Asia/Kathmandu Asia/Kolkata
  Asia/Macao Asia/Tel_Aviv Asia/Thimbu Asia/Ujung_Pandang Asia/Ulan_Bator Asia/Yangon Atlantic/Faroe
  Atlantic/Jan_Mayen Australia/ACT Australia/Canberra Australia/Currie Australia/LHI Australia/NSW Australia/North
  Australia/Queensland Australia/South Australia/Tasmania Australia/Victoria Australia/West Australia/Yancowinna
  Brazil/Acre Brazil/DeNoronha Brazil/East Brazil/West CET CST6CDT Canada/Atlantic Canada/Central Canada/Eastern
  Canada/Mountain Canada/Newfoundland Canada/Pacific Canada/Saskatchewan Canada/Yukon Chile/Continental
  Chile/EasterIsland Cuba EET EST EST5EDT Egypt Eire Etc/GMT Etc/GMT+0 Etc/GMT+1 Etc/GMT+10 Etc/GMT+11 Etc/GMT+12
  Etc/GMT+2 Etc/GMT+3 Etc/GMT+4 Etc/GMT+5 Etc/GMT+6 Etc/GMT+7 Etc/GMT+8 Etc/GMT+9 Etc/GMT-0 Etc/GMT-1 Etc/GMT-10
  Etc/GMT-11 Etc/GMT-12 Etc/GMT-13 Etc/GMT-14 Etc/GMT-2 Etc/GMT-3 Etc/GMT-4 Etc/GMT-5 Etc/GMT-6 Etc/GMT-7 Etc/GMT-8
  Etc/GMT-9 Etc/GMT0 Etc/Greenwich Etc/UCT Etc/UTC Etc/Universal Etc/Zulu Europe/Belfast Europe/Kyiv Europe/Nicosia
  Europe/Tiraspol Europe/Uzhgorod Europe/Zaporozhye GB GB-Eire GMT GMT+0 GMT-0 GMT0 Greenwich HST Hongkong Iceland
  Iran Israel Jamaica Japan Kwajalein Libya MET MST MST7MDT Mexico/BajaNorte Mexico/BajaSur Mexico/General NZ NZ-CHAT
  Navajo PRC PST8PDT Pacific/Chuuk Pacific/Johnston Pacific/Kanton Pacific/Pohnpei Pacific/Samoa Pacific/Yap Poland
  Portugal ROC ROK Singapore Turkey UCT US/Alaska US/Aleutian US/Arizona US/Central US/East-Indiana US/Eastern
  US/Hawaii US/Indiana-Starke US/Michigan US/Mountain US/Pacific US/Samoa UTC Universal W-SU WET Zulu
`;

/** Every name of the IANA time zone database, spelt as there; no bare offsets, which know no summer time. */
export const TIME_ZONES: readonly string[] = [
  ...new Set([...Intl.supportedValuesOf('timeZone'), ...OTHER_TIME_ZONES.trim().split(/\s+/)]),
].sort();

// Formats that others have defined: a function that takes a string of any content and never throws, and beside it what
// the API's description needs to say the same, a list of all values or a regular expression (ECMA-262, flag u).

const COUNTRY_NAMES = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' });
/** ICU has names for these too: reserved codes, groups of countries, and regions for tests. */
const NO_COUNTRIES = new Set(['AC', 'CP', 'CQ', 'DG', 'EA', 'EU', 'EZ', 'IC', 'QO', 'TA', 'UN', 'XA', 'XB', 'ZZ']);
const LETTERS = Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZ');

/** ISO 3166-1 alpha-2, and XK for Kosovo, which ISO leaves to its users. Former codes and other names (UK) are none. */
export const COUNTRIES: readonly string[] = LETTERS.flatMap((first) => LETTERS.map((second) => first + second)).filter(
  (code) =>
    !NO_COUNTRIES.has(code) && COUNTRY_NAMES.of(code) !== undefined && new Intl.Locale(`und-${code}`).region === code,
);
const countries = new Set(COUNTRIES);

export function isCountry(value: string): boolean {
  return countries.has(value);
}

/** ISO 4217. */
export const CURRENCIES: readonly string[] = Intl.supportedValuesOf('currency');
const currencies = new Set(CURRENCIES);

export function isCurrency(value: string): boolean {
  return currencies.has(value);
}

const timeZones = new Set(TIME_ZONES);

export function isTimeZone(value: string): boolean {
  return timeZones.has(value);
}

/** BCP 47, RFC 5646 §2.1: language, script, region, variants, private use. What it says beyond that is for software. */
export const LANGUAGE_PATTERN =
  '^[A-Za-z]{2,3}(-[A-Za-z]{4})?(-([A-Za-z]{2}|[0-9]{3}))?' +
  '(-([A-Za-z0-9]{5,8}|[0-9][A-Za-z0-9]{3}))*(-[Xx](-[A-Za-z0-9]{1,8})+)?$';
const language = new RegExp(LANGUAGE_PATTERN, 'u');

export function isLanguage(value: string): boolean {
  return language.test(value);
}

/** Not every engine's \s knows U+FEFF. */
const NO_BLANK = String.raw`@\s\uFEFF${NOT_IN_LINES}`;
/** Something@host.name: whether mail arrives only sending can tell. */
export const EMAIL_PATTERN = String.raw`^[^${NO_BLANK}]+@[^${NO_BLANK}]+\.[^.${NO_BLANK}]+$`;
const email = new RegExp(EMAIL_PATTERN, 'u');

export function isEmail(value: string): boolean {
  return email.test(value);
}

/**
 * As URL parsers leave it: in lower case, in ASCII. They take more characters than names on the Internet have (RFC 1123 §2.1).
 * No empty label: with a dot at the end, an internal name would not look like one.
 */
const DOMAIN_NAME = /^[a-z0-9_-]+(\.[a-z0-9_-]+)+$/;
const INTERNAL_TOP_LEVELS = 'local|localhost|internal|intranet|lan|home|corp|test|invalid|onion';
const INTERNAL = new RegExp(String.raw`\.(${INTERNAL_TOP_LEVELS})$`);
const IP_LITERAL = /^\[|^\d+(\.\d+){3}$/;

/**
 * A URL in ASCII, its scheme and host in lower case, as RFC 3986 §6.2.2 wants them; the second pattern is that of internal
 * names. isPublicHttpsUrl() takes other spellings, too: what a person copies from a browser.
 */
export const HTTPS_URL_PATTERN =
  String.raw`^https://([a-z0-9-]+\.)+[a-z]{2,63}(:(6[0-4][0-9]{3}|[1-5]?[0-9]{1,4}))?` +
  String.raw`([/?#][!-\[\]-~]*)?$`;
export const INTERNAL_URL_PATTERN = String.raw`^https://[^:/?#]*\.(${INTERNAL_TOP_LEVELS})([:/?#]|$)`;

/** https, no credentials, and a host that a stranger's phone can reach: no IP address, no internal name. */
export function isPublicHttpsUrl(value: string): boolean {
  if (!/^https:\/\/[^\s\\/][^\s\\]*$/i.test(value) || !URL.canParse(value)) return false;
  const { username, password, hostname } = new URL(value);
  const publicName = DOMAIN_NAME.test(hostname) && !IP_LITERAL.test(hostname) && !INTERNAL.test(hostname);
  return username === '' && password === '' && publicName;
}
