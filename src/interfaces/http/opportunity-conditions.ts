// What goes with what, in the words of JSON Schema (2020-12), for the API's description. The domain decides
// (opportunity-invariants.ts); a test compares the two. What JSON Schema has no words for, which of two is the larger, stands
// in the descriptions of the fields.

const given = (field: string) => ({ required: [field], properties: { [field]: { not: { type: 'null' } } } });

/** Of a location. */
export const COORDINATES_TOGETHER = {
  allOf: [
    { if: given('latitude'), then: given('longitude') },
    { if: given('longitude'), then: given('latitude') },
  ],
};

/** Of a compensation. */
export const CURRENCY_WITH_AMOUNT = {
  if: { anyOf: [given('minAmount'), given('maxAmount')] },
  then: given('currency'),
  else: { properties: { currency: { type: 'null' } } },
};

/** Of a new opportunity: what readers need, unless it is a draft. */
export const COMPLETE_UNLESS_DRAFT = {
  if: { required: ['status'], properties: { status: { const: 'draft' } } },
  else: {
    ...given('description'),
    anyOf: [given('applyUrl'), given('applyEmail')],
    if: { required: ['workMode'], properties: { workMode: { enum: ['onsite', 'hybrid'] } } },
    then: given('location'),
  },
};
