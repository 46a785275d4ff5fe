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
    PAUSED: {
      description: 'Its clock stands still: its scope is suspended, or the customer was asked something.',
    },
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

export enum DeadlineUnitEnum {
  HOURS = 'HOURS',
  SLOT = 'SLOT',
  DAYS = 'DAYS',
  WORKING_DAYS = 'WORKING_DAYS',
  MONTHS = 'MONTHS',
  YEARS = 'YEARS',
}
registerEnumType(DeadlineUnitEnum, {
  name: 'DeadlineUnit',
  description: 'What time is given in.',
  valuesConfig: {
    HOURS: { description: 'Hours from the start, on the wall clock or in a service window alone.' },
    SLOT: { description: 'Minutes of grace after an instant of a schedule.' },
    DAYS: { description: 'Calendar days, the day it starts not counted, until the last one ends.' },
    WORKING_DAYS: { description: 'Working days (工作日), make-up weekends included.' },
    MONTHS: { description: "Months, until the corresponding day ends, else the month's last." },
    YEARS: { description: "Years, until the corresponding day ends, else that month's last." },
  },
})

export enum PauseReasonEnum {
  SUSPENSION = 'SUSPENSION',
  QUESTION = 'QUESTION',
  UPGRADE_PROBLEM = 'UPGRADE_PROBLEM',
}
registerEnumType(PauseReasonEnum, {
  name: 'PauseReason',
  description: 'Why a clock stands still; nothing else pauses one.',
  valuesConfig: {
    SUSPENSION: { description: 'Its scope is suspended.' },
    QUESTION: { description: 'A specific request to the customer is open.' },
    UPGRADE_PROBLEM: { description: 'A problem with the update is open (clause 6.4.2).' },
  },
})

export enum StretchKindEnum {
  RAN = 'RAN',
  PAUSED = 'PAUSED',
  CLOSED = 'CLOSED',
  FIRST_DAY = 'FIRST_DAY',
  REST_DAY = 'REST_DAY',
  ROLLED = 'ROLLED',
}
registerEnumType(StretchKindEnum, {
  name: 'DerivationStretchKind',
  description: 'Whether a stretch counts, and why not.',
  valuesConfig: {
    RAN: { description: 'It counts.' },
    PAUSED: { description: 'The clock stood still; of days, a day on which it did at any time.' },
    CLOSED: { description: 'Outside of the service window.' },
    FIRST_DAY: { description: 'The day counted from, which does not count (Civil Code art. 201).' },
    REST_DAY: { description: 'Days that are not worked.' },
    ROLLED: { description: 'The last day is a rest day: up to the next working day (Civil Code art. 203).' },
  },
})
