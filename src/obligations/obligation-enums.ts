import { registerEnumType } from 'type-graphql'

/** The vocabularies of obligations as GraphQL enums. */

export enum ObligationStateEnum {
  RUNNING = 'RUNNING',
  PAUSED = 'PAUSED',
  MET = 'MET',
  MISSED = 'MISSED',
  CANCELLED = 'CANCELLED',
}
registerEnumType(ObligationStateEnum, {
  name: 'ObligationState',
  description: 'Where a duty stands.',
  valuesConfig: {
    RUNNING: { description: 'Its clock runs.' },
    PAUSED: { description: 'Its clock stands still while its scope is suspended.' },
    MET: { description: 'Done in time: not past the due instant, to the millisecond.' },
    MISSED: { description: 'The due instant passed and it was not done.' },
    CANCELLED: { description: 'What it was about went away.' },
  },
})

export enum ObligationBasisEnum {
  CLAUSE = 'CLAUSE',
  STATUTE = 'STATUTE',
}
registerEnumType(ObligationBasisEnum, {
  name: 'ObligationBasis',
  description: 'Where a duty comes from.',
  valuesConfig: {
    CLAUSE: { description: 'A clause of the agreement.' },
    STATUTE: { description: 'A law.' },
  },
})

export enum ObligationNatureEnum {
  DEADLINE = 'DEADLINE',
  FORBEARANCE = 'FORBEARANCE',
}
registerEnumType(ObligationNatureEnum, {
  name: 'ObligationNature',
  description: 'What reaching the end means.',
  valuesConfig: {
    DEADLINE: { description: 'Reaching it undone is a miss.' },
    FORBEARANCE: { description: 'Reaching it unbroken keeps the duty.' },
  },
})

export enum ObligationOrderField {
  DUE_AT = 'DUE_AT',
  STARTED_AT = 'STARTED_AT',
}
registerEnumType(ObligationOrderField, {
  name: 'ObligationOrderField',
  description: 'What obligations can be ordered by.',
  valuesConfig: {
    DUE_AT: { description: 'When they fall due.' },
    STARTED_AT: { description: 'When they started.' },
  },
})
