import { z } from 'zod';
import { COUNTRIES, CURRENCIES } from '#domain/opportunities/formats';
import {
  type Compensation,
  COMPENSATION_KINDS,
  COMPENSATION_PERIODS,
  DEGREES,
  type Eligibility,
  ELIGIBILITY_DESCRIPTION,
  type Location,
  LOCATION_LIMITS,
  RANGES,
} from '#domain/opportunities/opportunity-details';
import { code, number, text, whole } from '../openapi/value-schemas.ts';
import { differing, given, optional, required, requestShape, responseShape, type Schemas } from './field-kinds.ts';

// The objects inside of an opportunity, field by field, with the rules that connect fields. /openapi.json states these rules
// in JSON Schema (2020-12); the domain enforces them (opportunity-invariants.ts), and a test compares the two. JSON Schema
// cannot compare two values, so the descriptions of the fields say which one must be larger.

const COORDINATES_TOGETHER = {
  allOf: [
    { if: given('latitude'), then: given('longitude') },
    { if: given('longitude'), then: given('latitude') },
  ],
};

const LOCATION = {
  label: required(
    text(LOCATION_LIMITS.label).meta({
      description: 'The place as people write it, in one line.',
      examples: ['Madrid, Spain'],
    }),
  ),
  city: optional(text(LOCATION_LIMITS.city).meta({ description: 'The city, in one line.', examples: ['Madrid'] })),
  region: optional(
    text(LOCATION_LIMITS.region).meta({ description: 'The region, in one line.', examples: ['Comunidad de Madrid'] }),
  ),
  country: optional(
    code(COUNTRIES).meta({
      description: 'The country: an ISO 3166-1 alpha-2 code, or XK for Kosovo.',
      examples: ['ES'],
    }),
  ),
  latitude: optional(
    number(DEGREES.latitude).meta({
      description: 'Degrees in WGS 84. Latitude and longitude come together.',
      examples: [40.4168],
    }),
  ),
  longitude: optional(number(DEGREES.longitude).meta({ description: 'Degrees in WGS 84.', examples: [-3.7038] })),
} satisfies Record<keyof Location, Schemas<z.ZodType, z.ZodType>>;

const CURRENCY_WITH_AMOUNT = {
  if: { anyOf: [given('minAmount'), given('maxAmount')] },
  then: given('currency'),
  else: { properties: { currency: { type: 'null' } } },
};

const COMPENSATION = {
  kind: required(
    z.enum(COMPENSATION_KINDS).meta({
      description: 'The kind of compensation. A fee is paid by the applicant.',
      examples: ['stipend'],
    }),
  ),
  minAmount: optional(
    whole(RANGES.amount).meta({
      description: 'The amount in whole minor units of the currency: 90000 with EUR means €900.00.',
      examples: [90_000],
    }),
  ),
  maxAmount: optional(
    whole(RANGES.amount).meta({
      description: 'The amount in whole minor units of the currency. It must not be below minAmount.',
      examples: [120_000],
    }),
  ),
  currency: optional(
    code(CURRENCIES).meta({
      description: 'An ISO 4217 code. Required with an amount, and not allowed without one.',
      examples: ['EUR'],
    }),
  ),
  period: optional(
    z.enum(COMPENSATION_PERIODS).meta({ description: 'The period for which the amount is paid.', examples: ['month'] }),
  ),
} satisfies Record<keyof Compensation, Schemas<z.ZodType, z.ZodType>>;

const ELIGIBILITY = {
  description: optional(
    text(ELIGIBILITY_DESCRIPTION).meta({
      description: 'Who may apply. Line feeds and tabs are allowed.',
      examples: ['Students in their last year.'],
    }),
  ),
  minAge: optional(whole(RANGES.age).meta({ description: 'The lowest age, in years.', examples: [18] })),
  maxAge: optional(
    whole(RANGES.age).meta({ description: 'The highest age, in years. It must not be below minAge.', examples: [30] }),
  ),
} satisfies Record<keyof Eligibility, Schemas<z.ZodType, z.ZodType>>;

export const location = differing({
  request: z.strictObject(requestShape(LOCATION)).meta({ id: 'NewLocation', ...COORDINATES_TOGETHER }),
  response: z.object(responseShape(LOCATION)).meta({ id: 'Location' }),
});
export const compensation = differing({
  request: z.strictObject(requestShape(COMPENSATION)).meta({ id: 'NewCompensation', ...CURRENCY_WITH_AMOUNT }),
  response: z.object(responseShape(COMPENSATION)).meta({ id: 'Compensation' }),
});
export const eligibility = differing({
  request: z.strictObject(requestShape(ELIGIBILITY)).meta({ id: 'NewEligibility' }),
  response: z.object(responseShape(ELIGIBILITY)).meta({ id: 'Eligibility' }),
});
