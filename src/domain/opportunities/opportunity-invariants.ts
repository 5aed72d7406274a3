import { type TextLimit, textViolation } from '../text.ts';
import type { Violation } from '../domain-error.ts';
import { isCountry, isCurrency, isEmail, isLanguage, isPublicHttpsUrl, isTimeZone } from './formats.ts';
import {
  type Compensation,
  DEGREES,
  EARLIEST,
  type Eligibility,
  ELIGIBILITY_DESCRIPTION,
  LANGUAGE,
  LATEST,
  type Location,
  LOCATION_LIMITS,
  MOST_LANGUAGES,
  MOST_TAGS,
  type OpportunityDetails,
  RANGES,
  REMOVAL_REASON,
  TAG,
  TEXT_LIMITS,
} from './opportunity-details.ts';

type Path = Violation['path'];
type Given = Partial<OpportunityDetails>;

/** Gives all broken invariants, in no particular order. Missing fields are not checked. */
export function violationsOf(given: Given): Violation[] {
  return [
    ...textRules(given),
    ...formatRules(given),
    ...listRules(given),
    ...locationRules(given.location),
    ...compensationRules(given.compensation),
    ...eligibilityRules(given.eligibility),
    ...whole(given.openings, RANGES.openings, ['openings']),
    ...instantRules(given),
  ];
}

/** Gives everything that prevents publishing at that instant. */
export function obstaclesToPublishing(given: Given, at: Date): Violation[] {
  return [...missingForReaders(given), ...passedDeadline(given, at)];
}

/** Gives a violation for each detail that readers need and a draft may lack. */
export function missingForReaders(given: Given): Violation[] {
  const violations: Violation[] = [];
  const required = (field: keyof OpportunityDetails, message: string) =>
    violations.push({ path: [field], code: 'required', message });

  if (isMissing(given.description)) required('description', 'is required to publish');
  if (isMissing(given.applyUrl) && isMissing(given.applyEmail))
    required('applyUrl', 'or applyEmail is required to publish');
  if (!given.location && (given.workMode === 'onsite' || given.workMode === 'hybrid'))
    required('location', `is required to publish when workMode is ${given.workMode}`);
  return violations;
}

/** An empty text counts as given: the rule about lengths refuses it. */
function isMissing(value: string | null | undefined): boolean {
  return value === null || value === undefined;
}

export function passedDeadline({ deadlineAt }: Given, at: Date): Violation[] {
  const passed = deadlineAt && deadlineAt <= at;
  return passed ? [{ path: ['deadlineAt'], code: 'in_the_past', message: 'must be in the future to publish' }] : [];
}

/** Gives the violations of a moderator's reason. */
export function removalReasonViolations(reason: string): Violation[] {
  return text(reason, REMOVAL_REASON, ['reason']);
}

function textRules(given: Given): Violation[] {
  return (Object.keys(TEXT_LIMITS) as (keyof typeof TEXT_LIMITS)[]).flatMap((field) =>
    text(given[field], TEXT_LIMITS[field], [field]),
  );
}

function formatRules(given: Given): Violation[] {
  return [
    ...format(given.organizationUrl, isPublicHttpsUrl, ['organizationUrl'], 'must be an https URL on a public host'),
    ...format(given.applyUrl, isPublicHttpsUrl, ['applyUrl'], 'must be an https URL on a public host'),
    ...format(given.applyEmail, isEmail, ['applyEmail'], 'must be an e-mail address'),
    ...format(given.timeZone, isTimeZone, ['timeZone'], 'must be an IANA time zone, such as Europe/Madrid'),
  ];
}

function listRules({ tags = [], languages = [] }: Given): Violation[] {
  return [
    ...list(tags, MOST_TAGS, ['tags'], (tag, path) => text(tag, TAG, path)),
    ...list(languages, MOST_LANGUAGES, ['languages'], (language, path) => [
      ...text(language, LANGUAGE, path),
      ...format(language, isLanguage, path, 'must be a BCP 47 language tag, such as en or pt-BR'),
    ]),
  ];
}

function locationRules(location: Location | null | undefined): Violation[] {
  if (!location) return [];
  const { latitude, longitude } = location;
  const violations = [
    ...text(location.label, LOCATION_LIMITS.label, ['location', 'label']),
    ...text(location.city, LOCATION_LIMITS.city, ['location', 'city']),
    ...text(location.region, LOCATION_LIMITS.region, ['location', 'region']),
    ...format(location.country, isCountry, ['location', 'country'], 'must be an ISO 3166-1 alpha-2 code, such as ES'),
    ...within(latitude, DEGREES.latitude, ['location', 'latitude']),
    ...within(longitude, DEGREES.longitude, ['location', 'longitude']),
  ];
  if ((latitude === null) !== (longitude === null))
    violations.push({
      path: ['location', latitude === null ? 'latitude' : 'longitude'],
      code: 'required',
      message: 'is required: latitude and longitude come together',
    });
  return violations;
}

function compensationRules(compensation: Compensation | null | undefined): Violation[] {
  if (!compensation) return [];
  const { minAmount, maxAmount, currency } = compensation;
  const violations = [
    ...whole(minAmount, RANGES.amount, ['compensation', 'minAmount']),
    ...whole(maxAmount, RANGES.amount, ['compensation', 'maxAmount']),
    ...format(currency, isCurrency, ['compensation', 'currency'], 'must be an ISO 4217 code, such as EUR'),
    ...ordered(minAmount, maxAmount, ['compensation', 'maxAmount'], 'must not be below minAmount'),
  ];
  const hasAmount = minAmount !== null || maxAmount !== null;
  if (hasAmount && currency === null)
    violations.push({ path: ['compensation', 'currency'], code: 'required', message: 'is required with an amount' });
  if (!hasAmount && currency !== null)
    violations.push({
      path: ['compensation', 'currency'],
      code: 'unexpected',
      message: 'must be left out when no amount is given',
    });
  return violations;
}

function eligibilityRules(eligibility: Eligibility | null | undefined): Violation[] {
  if (!eligibility) return [];
  const { description, minAge, maxAge } = eligibility;
  return [
    ...text(description, ELIGIBILITY_DESCRIPTION, ['eligibility', 'description']),
    ...whole(minAge, RANGES.age, ['eligibility', 'minAge']),
    ...whole(maxAge, RANGES.age, ['eligibility', 'maxAge']),
    ...ordered(minAge, maxAge, ['eligibility', 'maxAge'], 'must not be below minAge'),
  ];
}

function instantRules(given: Given): Violation[] {
  const { opensAt, deadlineAt, startsAt, endsAt } = given;
  const violations: Violation[] = [];
  for (const [field, instant] of Object.entries({ opensAt, deadlineAt, startsAt, endsAt })) {
    // An invalid Date compares false with every instant, so it fails this test, too.
    if (instant && !(instant >= EARLIEST && instant < LATEST))
      violations.push({ path: [field], code: 'out_of_range', message: 'must lie between the years 1970 and 2199' });
  }
  if (opensAt && deadlineAt && opensAt >= deadlineAt)
    violations.push({ path: ['deadlineAt'], code: 'wrong_order', message: 'must be after opensAt' });
  return [...violations, ...ordered(startsAt, endsAt, ['endsAt'], 'must not be before startsAt')];
}

function text(value: string | null | undefined, limit: TextLimit, path: Path): Violation[] {
  const violation = typeof value === 'string' ? textViolation(value, limit) : undefined;
  return violation ? [{ path, ...violation }] : [];
}

function format(
  value: string | null | undefined,
  isValid: (value: string) => boolean,
  path: Path,
  message: string,
): Violation[] {
  return typeof value === 'string' && !isValid(value) ? [{ path, code: 'invalid_format', message }] : [];
}

function within(value: number | null | undefined, [min, max]: readonly [number, number], path: Path): Violation[] {
  if (typeof value !== 'number' || (value >= min && value <= max)) return [];
  return [{ path, code: 'out_of_range', message: `must be from ${min} to ${max}` }];
}

function whole(value: number | null | undefined, range: readonly [number, number], path: Path): Violation[] {
  if (typeof value === 'number' && !Number.isInteger(value))
    return [{ path, code: 'not_whole', message: 'must be a whole number' }];
  return within(value, range, path);
}

function ordered<T extends number | Date>(
  low: T | null | undefined,
  high: T | null | undefined,
  path: Path,
  message: string,
): Violation[] {
  const wrong = low !== null && low !== undefined && high !== null && high !== undefined && high < low;
  return wrong ? [{ path, code: 'wrong_order', message }] : [];
}

/** The entries of a list that is too long are not checked, because a client may have sent thousands of wrong ones. */
function list(
  values: readonly string[],
  most: number,
  path: Path,
  rules: (value: string, path: Path) => Violation[],
): Violation[] {
  if (values.length > most) return [{ path, code: 'too_many', message: `must have at most ${most} entries` }];
  return values.flatMap((value, index) => {
    const place = [...path, index];
    const duplicate = values.indexOf(value) < index;
    return [
      ...(duplicate ? [{ path: place, code: 'duplicate', message: 'is already in the list' }] : []),
      ...rules(value, place),
    ];
  });
}
