import { registerEnumType } from 'type-graphql'

/** The vocabularies of agreements as GraphQL enums. */

export enum AgreementStateEnum {
  DRAFT = 'DRAFT',
  ACTIVE = 'ACTIVE',
  SUSPENDED = 'SUSPENDED',
  EXPIRED = 'EXPIRED',
  TERMINATED = 'TERMINATED',
  CANCELLED = 'CANCELLED',
}
registerEnumType(AgreementStateEnum, {
  name: 'AgreementState',
  description: 'Where an agreement stands.',
  valuesConfig: {
    DRAFT: { description: 'Being written or signed.' },
    ACTIVE: { description: 'In force.' },
    SUSPENDED: { description: 'In force, with some scope stopped.' },
    EXPIRED: { description: 'Its term is over.' },
    TERMINATED: { description: 'Ended before its time.' },
    CANCELLED: { description: 'Given up before it came into force.' },
  },
})

export enum VersionStateEnum {
  DRAFT = 'DRAFT',
  SIGNING = 'SIGNING',
  SCHEDULED = 'SCHEDULED',
  IN_FORCE = 'IN_FORCE',
  SUPERSEDED = 'SUPERSEDED',
  CANCELLED = 'CANCELLED',
}
registerEnumType(VersionStateEnum, {
  name: 'AgreementVersionState',
  description: 'Where a version stands.',
  valuesConfig: {
    DRAFT: { description: 'Being written.' },
    SIGNING: { description: 'Settled; signatures are being given. A change of the text voids them.' },
    SCHEDULED: { description: 'Both sides have signed; it holds from `effectiveFrom` on.' },
    IN_FORCE: { description: 'It holds.' },
    SUPERSEDED: { description: 'A later version holds.' },
    CANCELLED: { description: 'Given up.' },
  },
})

export enum RequiredActsEnum {
  SIGNATURE_OR_SEAL = 'SIGNATURE_OR_SEAL',
  SIGNATURE_AND_SEAL = 'SIGNATURE_AND_SEAL',
}
registerEnumType(RequiredActsEnum, {
  name: 'RequiredActs',
  description: 'What each side must do for a version to come into force (clause 1.3.1).',
  valuesConfig: {
    SIGNATURE_OR_SEAL: { description: 'One act of each side.' },
    SIGNATURE_AND_SEAL: { description: 'A signature and a seal of each side.' },
  },
})

export enum SideEnum {
  PROVIDER = 'PROVIDER',
  CUSTOMER = 'CUSTOMER',
}
registerEnumType(SideEnum, {
  name: 'Side',
  description: 'A side of an agreement.',
  valuesConfig: {
    PROVIDER: { description: '甲方, the maintainer.' },
    CUSTOMER: { description: '乙方, the user of the software.' },
  },
})

export enum SigningActEnum {
  SIGNATURE = 'SIGNATURE',
  SEAL = 'SEAL',
}
registerEnumType(SigningActEnum, {
  name: 'SigningAct',
  description: 'An act that binds a side (clause 1.3.1).',
  valuesConfig: {
    SIGNATURE: { description: '签字.' },
    SEAL: { description: '盖章.' },
  },
})

export enum SigningMethodEnum {
  ONLINE = 'ONLINE',
  PAPER = 'PAPER',
}
registerEnumType(SigningMethodEnum, {
  name: 'SigningMethod',
  description: 'Where an act was done.',
  valuesConfig: {
    ONLINE: { description: 'Here: it counts when it is accepted.' },
    PAPER: { description: 'On paper: it counts at the instant stated, with evidence.' },
  },
})

export enum SuspensionScopeEnum {
  SERVICE = 'SERVICE',
  UPGRADE = 'UPGRADE',
  BACKUP = 'BACKUP',
  PAYMENT = 'PAYMENT',
  ALL = 'ALL',
}
registerEnumType(SuspensionScopeEnum, {
  name: 'SuspensionScope',
  description: 'What a suspension stops.',
  valuesConfig: {
    SERVICE: {
      description:
        'Fault, support and inspection clocks (chapters 2 and 7). Those that run stand still, and go on with what was left.',
    },
    UPGRADE: { description: 'Upgrade notices, update tasks and the clocks of upgrade problems (chapter 6).' },
    BACKUP: { description: 'Backup slots and restores (clause 8.3).' },
    PAYMENT: {
      description: 'Payment deadlines (clause 3.4.1). It is recorded and stops none yet: days to pay run on.',
    },
    ALL: { description: 'All of these.' },
  },
})

export enum DamagesBasisEnum {
  ANNUAL_FEE = 'ANNUAL_FEE',
  CONTRACT_TOTAL = 'CONTRACT_TOTAL',
  PERIOD_FEE = 'PERIOD_FEE',
  OVERDUE_PRINCIPAL = 'OVERDUE_PRINCIPAL',
}
registerEnumType(DamagesBasisEnum, {
  name: 'DamagesBasis',
  description: 'Percent of what (clause 5.3.1).',
  valuesConfig: {
    ANNUAL_FEE: { description: 'The annual fee of the version in force at the breach.' },
    CONTRACT_TOTAL: { description: 'The fees of the whole term.' },
    PERIOD_FEE: { description: 'The fee of the billing period of the breach.' },
    OVERDUE_PRINCIPAL: { description: 'What is overdue.' },
  },
})

export enum DamagesModeEnum {
  ONE_OFF = 'ONE_OFF',
  PER_DAY = 'PER_DAY',
  PER_STARTED_HOUR = 'PER_STARTED_HOUR',
}
registerEnumType(DamagesModeEnum, {
  name: 'DamagesMode',
  description: 'How often the percent counts.',
  valuesConfig: {
    ONE_OFF: { description: 'Once per root cause.' },
    PER_DAY: { description: 'Per day of delay; the due day is not late, the day funds are credited counts.' },
    PER_STARTED_HOUR: { description: 'Per started hour of delay.' },
  },
})

export enum AllocationEnum {
  DAMAGES_FIRST = 'DAMAGES_FIRST',
  PRINCIPAL_FIRST = 'PRINCIPAL_FIRST',
}
registerEnumType(AllocationEnum, {
  name: 'AllocationOrder',
  description: 'What a payment settles first.',
  valuesConfig: {
    DAMAGES_FIRST: { description: 'Liquidated damages, then principal.' },
    PRINCIPAL_FIRST: { description: 'Principal, then liquidated damages.' },
  },
})

export enum SupportChannelKindEnum {
  PHONE = 'PHONE',
  EMAIL = 'EMAIL',
  ONLINE = 'ONLINE',
}
registerEnumType(SupportChannelKindEnum, {
  name: 'SupportChannelKind',
  description: 'A kind of support channel (clause 7.1.1).',
  valuesConfig: {
    PHONE: { description: '电话.' },
    EMAIL: { description: '邮件.' },
    ONLINE: { description: '在线客服.' },
  },
})

export enum TermUnitEnum {
  TEXT = 'TEXT',
  YEARS = 'YEARS',
  HOURS = 'HOURS',
  PERCENT = 'PERCENT',
  WORKING_DAYS = 'WORKING_DAYS',
}
registerEnumType(TermUnitEnum, {
  name: 'TermUnit',
  description: 'What a blank counts.',
  valuesConfig: {
    TEXT: { description: 'Nothing: a number as printed, or a name.' },
    YEARS: { description: 'Years.' },
    HOURS: { description: 'Hours on the wall clock.' },
    PERCENT: { description: 'Percent.' },
    WORKING_DAYS: { description: 'Working days (工作日) with make-up weekends (调休).' },
  },
})

export enum AgreementWarningEnum {
  TEXT_CUT_OFF = 'TEXT_CUT_OFF',
  FIX_SOONER_THAN_RESPONSE = 'FIX_SOONER_THAN_RESPONSE',
  SERVICE_TERM_DIFFERS = 'SERVICE_TERM_DIFFERS',
  UPDATE_WINDOW_WITHIN_LEAD = 'UPDATE_WINDOW_WITHIN_LEAD',
}
registerEnumType(AgreementWarningEnum, {
  name: 'AgreementWarningCode',
  description: 'Contradictions and gaps worth a look. New codes may be added.',
  valuesConfig: {
    TEXT_CUT_OFF: { description: 'The text ends in the middle of a sentence.' },
    FIX_SOONER_THAN_RESPONSE: { description: 'The fix is due before the response (clause 2.3.1).' },
    SERVICE_TERM_DIFFERS: {
      description: 'The service term (clause 2.4.1) is not the term of the agreement (clause 1.3.1).',
    },
    UPDATE_WINDOW_WITHIN_LEAD: {
      description:
        'The window to update (clause 6.4.1) is no longer than the lead of the notice (clause 6.2.1), so it can end before the version goes live.',
    },
  },
})
