import { registerEnumType } from 'type-graphql'

/** The vocabularies of consents as GraphQL enums. */

export enum DisclosureOperationEnum {
  READ = 'READ',
  SUBSCRIBE = 'SUBSCRIBE',
  EXPORT = 'EXPORT',
  WRITE = 'WRITE',
}
registerEnumType(DisclosureOperationEnum, {
  name: 'DisclosureOperation',
  description: 'What a third party may do with records (clause 8.2.1).',
  valuesConfig: {
    READ: { description: 'Query them.' },
    SUBSCRIBE: { description: 'Be told of what happens to them.' },
    EXPORT: { description: 'Take them away in bulk.' },
    WRITE: { description: 'Change them or add to them.' },
  },
})

export enum AuthorizationStateEnum {
  ACTIVE = 'ACTIVE',
  REVOKED = 'REVOKED',
  EXPIRED = 'EXPIRED',
}
registerEnumType(AuthorizationStateEnum, {
  name: 'DisclosureAuthorizationState',
  description: 'Where an authorisation stands, judged by the clock now.',
  valuesConfig: {
    ACTIVE: { description: 'It opens what it names.' },
    REVOKED: { description: 'The customer took it back.' },
    EXPIRED: { description: 'The instant it was good until is over.' },
  },
})

export enum ConsentStateEnum {
  REQUESTED = 'REQUESTED',
  GRANTED = 'GRANTED',
  REFUSED = 'REFUSED',
  WITHDRAWN = 'WITHDRAWN',
  EXPIRED = 'EXPIRED',
  SUPERSEDED = 'SUPERSEDED',
}
registerEnumType(ConsentStateEnum, {
  name: 'ConsentState',
  description: 'Where a consent record stands.',
  valuesConfig: {
    REQUESTED: { description: 'The person was asked.' },
    GRANTED: { description: 'The person agreed, and it holds.' },
    REFUSED: { description: 'The person said no.' },
    WITHDRAWN: { description: 'The person took it back (PIPL art. 15).' },
    EXPIRED: { description: 'It was given for a time that is over.' },
    SUPERSEDED: { description: 'A newer consent covers all that this one did.' },
  },
})

export enum ExpressionEnum {
  IN_PERSON = 'IN_PERSON',
  PAPER = 'PAPER',
  EMAIL = 'EMAIL',
  PHONE = 'PHONE',
  ONLINE = 'ONLINE',
}
registerEnumType(ExpressionEnum, {
  name: 'ConsentExpression',
  description: 'How a person said it (ISO/IEC TS 27560).',
  valuesConfig: {
    IN_PERSON: { description: 'Face to face.' },
    PAPER: { description: 'In writing, on paper.' },
    EMAIL: { description: 'By e-mail.' },
    PHONE: { description: 'By telephone.' },
    ONLINE: { description: 'On a page or in an app.' },
  },
})

export enum AccessReasonEnum {
  AUTHORIZED = 'AUTHORIZED',
  CONSENTED = 'CONSENTED',
  CONSENT_NEEDED = 'CONSENT_NEEDED',
  APP_DISABLED = 'APP_DISABLED',
  NO_AUTHORIZATION = 'NO_AUTHORIZATION',
  AUTHORIZATION_REVOKED = 'AUTHORIZATION_REVOKED',
  AUTHORIZATION_EXPIRED = 'AUTHORIZATION_EXPIRED',
  OTHER_PURPOSE = 'OTHER_PURPOSE',
  OTHER_CATEGORY = 'OTHER_CATEGORY',
  OTHER_OPERATION = 'OTHER_OPERATION',
  NO_CONSENT = 'NO_CONSENT',
  CONSENT_WITHDRAWN = 'CONSENT_WITHDRAWN',
  CONSENT_EXPIRED = 'CONSENT_EXPIRED',
}
registerEnumType(AccessReasonEnum, {
  name: 'AccessReason',
  description: 'Why an app may or may not see records (clause 8.2.1). New reasons may be added.',
  valuesConfig: {
    AUTHORIZED: { description: 'The customer authorised exactly this.' },
    CONSENTED: { description: 'The person named consented to it.' },
    CONSENT_NEEDED: {
      description: 'The category is personal: each person decides about their own data as well.',
    },
    APP_DISABLED: { description: 'The app is disabled and gets in nowhere.' },
    NO_AUTHORIZATION: { description: 'The customer never authorised this app.' },
    AUTHORIZATION_REVOKED: { description: 'The customer took it back.' },
    AUTHORIZATION_EXPIRED: { description: 'What was authorised is over.' },
    OTHER_PURPOSE: { description: 'The app is authorised, but for other purposes.' },
    OTHER_CATEGORY: { description: 'The app is authorised for this purpose, but for other data.' },
    OTHER_OPERATION: {
      description: 'The app is authorised for this purpose and data, but for other operations.',
    },
    NO_CONSENT: { description: 'The person named has not consented.' },
    CONSENT_WITHDRAWN: { description: 'The person named withdrew the consent.' },
    CONSENT_EXPIRED: { description: 'The consent of the person named was given for a time that is over.' },
  },
})
