// What goes with what, in the words of JSON Schema (2020-12), for the API's description. The domain decides
// (opportunity-invariants.ts); a test compares the two. What JSON Schema has no words for, which of two is the larger, stands
// in the descriptions of the fields.

const given = (field: string, type: string) => ({ required: [field], properties: { [field]: { type } } });

/** Of a location. */
export const COORDINATES_TOGETHER = {
  allOf: [
    { if: given('latitude', 'number'), then: given('longitude', 'number') },
    { if: given('longitude', 'number'), then: given('latitude', 'number') },
  ],
};

/** Of a compensation. */
export const CURRENCY_WITH_AMOUNT = {
  if: { anyOf: [given('minAmount', 'integer'), given('maxAmount', 'integer')] },
  then: given('currency', 'string'),
  else: { properties: { currency: { type: 'null' } } },
};

/** Of a new opportunity: what readers need, unless it is a draft. */
export const COMPLETE_UNLESS_DRAFT = {
  if: { required: ['status'], properties: { status: { const: 'draft' } } },
  else: {
    ...given('description', 'string'),
    anyOf: [given('applyUrl', 'string'), given('applyEmail', 'string')],
    if: { required: ['workMode'], properties: { workMode: { enum: ['onsite', 'hybrid'] } } },
    then: given('location', 'object'),
  },
};
