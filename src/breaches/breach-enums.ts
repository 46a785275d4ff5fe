import { registerEnumType } from 'type-graphql'
import type { AssessmentState } from './assessment.js'
import type { BreachKind, BreachState } from './breach.js'
import type { ClaimActKind, DecisionBasis } from './claim-act.js'

/** An enum whose values are the room's own words, each with what it means. */
function enumOf<Value extends string>(
  name: string,
  description: string,
  values: Readonly<Record<Value, string>>,
): Readonly<Record<Value, Value>> {
  const names = Object.keys(values) as Value[]
  const made = Object.fromEntries(names.map(value => [value, value])) as Record<Value, Value>
  const valuesConfig = Object.fromEntries(names.map(value => [value, { description: values[value] }]))
  registerEnumType(made, { name, description, valuesConfig: valuesConfig as never })
  return made
}

export const BreachKindEnum = enumOf<BreachKind>('BreachKind', 'How a breach came to light.', {
  MISSED: 'A deadline passed undone: the sweep found it.',
  FOUND: 'Somebody found it and reported it.',
})

export const BreachStateEnum = enumOf<BreachState>('BreachState', 'Where a breach stands.', {
  DETECTED: 'Found; nobody has taken it up yet.',
  CONFIRMED: 'The side that was wronged has taken it up.',
  NOTIFIED: 'It has told the other side of its claim.',
  ACCEPTED: 'The other side owned up to it.',
  DISPUTED: 'The other side says that it is none: neither side decides.',
  UPHELD: 'A decision says that it is one.',
  REJECTED: 'A decision says that it is none: it costs nothing.',
  WAIVED: 'The side that was wronged let it go: it costs nothing. No other breach is waived by it.',
  WITHDRAWN: 'What was learnt later shows that there was none: it costs nothing.',
})

export const AssessmentStateEnum = enumOf<AssessmentState>('AssessmentState', 'Where a price stands.', {
  NEEDS_LEGAL_DECISION:
    'Never a number until both sides agree one or a decision sets one: no confirmed rule, nothing signed that it is a percent of, or a cap taken in another currency.',
  INDICATIVE: 'Computed by the rule both sides signed; not agreed yet.',
  AGREED: 'Agreed by both sides, or decided for them: it is due.',
  SETTLED: 'Paid, as the side that was to get it says.',
  RELEASED: 'None of its breaches stands any more: nothing is owed.',
  WAIVED: 'The side that was wronged let its breaches go: nothing is owed.',
})

export const ClaimActKindEnum = enumOf<ClaimActKind>(
  'ClaimActKind',
  'What a side did about a breach or its price.',
  {
    REPORTED: 'Reported a finding.',
    CONFIRMED: 'Took a breach up.',
    NOTIFIED: 'Told the other side of its claim.',
    ACCEPTED: 'Owned up to it.',
    DISPUTED: 'Said that it is none.',
    UPHELD: 'Entered a decision that it is one.',
    REJECTED: 'Entered a decision that it is none.',
    WAIVED: 'Let it go.',
    CURED: 'Said that it was made good.',
    LINKED: 'Counted it under another root cause.',
    AGREED: 'Agreed to an amount.',
    SETTLED: 'Said that it was paid.',
    LOSS_CLAIMED: 'Claimed an actual loss (clause 5.3.2).',
    LOSS_WITHDRAWN: 'Took that claim back.',
    CORRECTED: 'Entered a fact that was learnt later.',
  },
)

export const DecisionBasisEnum = enumOf<DecisionBasis>('DecisionBasis', 'What a decision is by.', {
  MEDIATION: 'Both sides agreed to it before a mediator: it stands once both have entered the same.',
  AWARD: 'An arbitral award: it binds both.',
  JUDGMENT: 'A judgment: it binds both.',
})
