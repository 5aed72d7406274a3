import { NOT_IN_LINES } from '../text.ts';

/**
 * Names of the IANA time zone database that the JavaScript engine accepts but does not list: aliases, former names, and
 * zones without a place. Phones still report some of them.
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

/** Every name of the IANA time zone database, in its own spelling. Bare offsets are left out: they know no summer time. */
export const TIME_ZONES: readonly string[] = [
  ...new Set([...Intl.supportedValuesOf('timeZone'), ...OTHER_TIME_ZONES.trim().split(/\s+/)]),
].sort();

// Formats of public standards. Each has a function that takes any string and never throws. Beside the function is the
// list of values or the regular expression (ECMA-262, flag u) that expresses the format in the API's description.

const COUNTRY_NAMES = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' });
/** Codes that ICU has names for although they are no countries: reserved codes, groups of countries, and test regions. */
const NO_COUNTRIES = new Set(['AC', 'CP', 'CQ', 'DG', 'EA', 'EU', 'EZ', 'IC', 'QO', 'TA', 'UN', 'XA', 'XB', 'ZZ']);
const LETTERS = Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZ');

/** ISO 3166-1 alpha-2 codes, and XK for Kosovo, which ISO leaves to its users. Former codes and aliases (UK) are left out. */
export const COUNTRIES: readonly string[] = LETTERS.flatMap((first) => LETTERS.map((second) => first + second)).filter(
  (code) =>
    !NO_COUNTRIES.has(code) && COUNTRY_NAMES.of(code) !== undefined && new Intl.Locale(`und-${code}`).region === code,
);
const countries = new Set(COUNTRIES);

export function isCountry(value: string): boolean {
  return countries.has(value);
}

/** Currency codes of ISO 4217. */
export const CURRENCIES: readonly string[] = Intl.supportedValuesOf('currency');
const currencies = new Set(CURRENCIES);

export function isCurrency(value: string): boolean {
  return currencies.has(value);
}

const timeZones = new Set(TIME_ZONES);

export function isTimeZone(value: string): boolean {
  return timeZones.has(value);
}

/** A BCP 47 tag (RFC 5646 §2.1) of language, script, region, variants and private use. Extensions are left out. */
export const LANGUAGE_PATTERN =
  '^[A-Za-z]{2,3}(-[A-Za-z]{4})?(-([A-Za-z]{2}|[0-9]{3}))?' +
  '(-([A-Za-z0-9]{5,8}|[0-9][A-Za-z0-9]{3}))*(-[Xx](-[A-Za-z0-9]{1,8})+)?$';
const language = new RegExp(LANGUAGE_PATTERN, 'u');

export function isLanguage(value: string): boolean {
  return language.test(value);
}

/** Blanks, control characters and @. U+FEFF is named because \s does not include it in every engine. */
const NO_BLANK = String.raw`@\s\uFEFF${NOT_IN_LINES}`;
/** A text of the form something@host.name. Only sending a mail can tell whether it arrives. */
export const EMAIL_PATTERN = String.raw`^[^${NO_BLANK}]+@[^${NO_BLANK}]+\.[^.${NO_BLANK}]+$`;
const email = new RegExp(EMAIL_PATTERN, 'u');

export function isEmail(value: string): boolean {
  return email.test(value);
}

/**
 * A host name as URL parsers return it, in lower case and in ASCII. Parsers accept more characters than names on the
 * Internet have (RFC 1123 §2.1). Empty labels are refused, because a dot at the end would disguise an internal name. An
 * IPv6 address is refused as well, because its host begins with a bracket.
 */
const DOMAIN_NAME = /^[a-z0-9_-]+(\.[a-z0-9_-]+)+$/;
const INTERNAL_TOP_LEVELS = 'local|localhost|internal|intranet|lan|home|corp|test|invalid|onion';
const INTERNAL = new RegExp(String.raw`\.(${INTERNAL_TOP_LEVELS})$`);
const IPV4_ADDRESS = /^\d+(\.\d+){3}$/;

/**
 * A URL in ASCII, with its scheme and host in lower case as RFC 3986 §6.2.2 recommends. The second pattern finds internal
 * names. isPublicHttpsUrl() also accepts other spellings, which people copy from a browser.
 */
export const HTTPS_URL_PATTERN =
  String.raw`^https://([a-z0-9-]+\.)+[a-z]{2,63}(:(6[0-4][0-9]{3}|[1-5]?[0-9]{1,4}))?` +
  String.raw`([/?#][!-\[\]-~]*)?$`;
export const INTERNAL_URL_PATTERN = String.raw`^https://[^:/?#]*\.(${INTERNAL_TOP_LEVELS})([:/?#]|$)`;

/** Whether a URL has https, no credentials, and a public host: neither an IP address nor an internal name. */
export function isPublicHttpsUrl(value: string): boolean {
  if (!/^https:\/\/[^\s\\/][^\s\\]*$/i.test(value) || !URL.canParse(value)) return false;
  const { username, password, hostname } = new URL(value);
  const publicName = DOMAIN_NAME.test(hostname) && !IPV4_ADDRESS.test(hostname) && !INTERNAL.test(hostname);
  return username === '' && password === '' && publicName;
}
