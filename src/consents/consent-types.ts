import { Field, Int, ObjectType } from 'type-graphql'
import { Discloses, Node } from '../platform/graphql/contract.js'
import { connectionOf } from '../platform/graphql/pages.js'
import { DateTimeScalar, TimeZoneScalar } from '../platform/graphql/scalars.js'
import { AppInfo, DataCategoryEnum, PurposeEnum, Redactable, registerNode, toNode } from '../tenancy/index.js'
import { AUTHORIZATION_ID } from './authorizing.js'
import {
  AccessReasonEnum,
  AuthorizationStateEnum,
  ConsentStateEnum,
  DisclosureOperationEnum,
  ExpressionEnum,
} from './consent-enums.js'
import {
  authorizationById,
  type AuthorizationRow,
  consentById,
  type ConsentRow,
  decisionById,
  type DecisionRow,
  disclosureById,
  type DisclosureRow,
} from './consent-loaders.js'
import { CONSENT_ID } from './consenting.js'

export const AppConnection = connectionOf(() => AppInfo, 'App', 'apps')

@ObjectType('DisclosureAuthorization', {
  implements: [Node, Redactable],
  description:
    '乙方同意 (clause 8.2.1): one customer lets one app have its records, for one purpose, in these categories and operations. What it says never changes: revoke it and authorise anew.',
  simpleResolvers: true,
})
@Discloses('CONSENT_RECORD')
export class AuthorizationType extends Node {
  uuid!: string
  customerId!: string
  appId!: string

  @Field(() => String, { description: "The app's name when it was authorised." })
  recipientName!: string

  @Field(() => PurposeEnum, { description: 'What for.' })
  purpose!: string

  @Field(() => String, { nullable: true, description: 'The purpose in words; there for OTHER alone.' })
  purposeText!: string | null

  @Field(() => [DataCategoryEnum], { description: 'Which records.' })
  categories!: string[]

  @Field(() => [DisclosureOperationEnum], { description: 'What the app may do with them.' })
  operations!: string[]

  @Field(() => AuthorizationStateEnum, { description: 'Where it stands now.' })
  state!: string

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'From this instant on it opens nothing; null: until it is revoked.',
  })
  validUntil!: Date | null

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it was taken back.' })
  revokedAt!: Date | null

  @Field(() => DateTimeScalar, { description: 'When it was given.' })
  createdAt!: Date

  @Field(() => DateTimeScalar, { description: 'When it last changed.' })
  updatedAt!: Date

  @Field(() => Int, { description: 'Rises with every change; `expectedRevision` takes it.' })
  revision!: number
}
export const toAuthorization = (row: AuthorizationRow): AuthorizationType => toNode(AUTHORIZATION_ID, row)
export const AuthorizationConnection = connectionOf(
  () => AuthorizationType,
  'DisclosureAuthorization',
  'disclosure authorisations',
)
registerNode(
  AUTHORIZATION_ID,
  'DisclosureAuthorization',
  'disclosure:read',
  authorizationById,
  toAuthorization,
)

@ObjectType('ConsentRecord', {
  implements: [Node, Redactable],
  description:
    'What one person was asked and answered: one recipient, one purpose, one method (ISO/IEC TS 27560; separate consent, PIPL art. 23). A new purpose, method or category is a new record.',
  simpleResolvers: true,
})
@Discloses('CONSENT_RECORD')
export class ConsentType extends Node {
  uuid!: string
  customerId!: string
  personId!: string
  appId!: string

  @Field(() => ConsentStateEnum, { description: 'Where it stands now.' })
  state!: string

  @Field(() => PurposeEnum, { description: 'What for.' })
  purpose!: string

  @Field(() => String, { nullable: true, description: 'The purpose in words; there for OTHER alone.' })
  purposeText!: string | null

  @Field(() => [DataCategoryEnum], { description: 'Which personal categories.' })
  categories!: string[]

  @Field(() => String, {
    description: '处理方式: how the recipient handles the data, as the person was told.',
  })
  processingMethod!: string

  @Field(() => String, { description: "The recipient's name, as the person was told." })
  recipientName!: string

  @Field(() => String, { description: "The recipient's contact, as the person was told." })
  recipientContact!: string

  @Field(() => String, { description: 'SHA-256 of the notice the person was shown, in hex.' })
  noticeHash!: string

  @Field(() => Int, {
    nullable: true,
    description: 'For how many months it was asked; null: until it is withdrawn.',
  })
  termMonths!: number | null

  @Field(() => TimeZoneScalar, { description: 'The zone whose days the term counts.' })
  timeZone!: string

  @Field(() => DateTimeScalar, { nullable: true, description: 'When the person said yes or no.' })
  decidedAt!: Date | null

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'The midnight that ends its last day; null: until it is withdrawn.',
  })
  expiresAt!: Date | null

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'When a consent that was given ceased to hold.',
  })
  endedAt!: Date | null

  @Field(() => DateTimeScalar, { description: 'When the person was asked.' })
  createdAt!: Date

  @Field(() => DateTimeScalar, { description: 'When it last changed.' })
  updatedAt!: Date

  @Field(() => Int, { description: 'Rises with every change; `expectedRevision` takes it.' })
  revision!: number
}
export const toConsent = (row: ConsentRow): ConsentType => toNode(CONSENT_ID, row)
export const ConsentConnection = connectionOf(() => ConsentType, 'ConsentRecord', 'consent records')
registerNode(CONSENT_ID, 'ConsentRecord', 'consent:read', consentById, toConsent)

@ObjectType('ConsentDecision', {
  implements: Node,
  description: 'One step in the history of a consent record. Nothing of it ever changes.',
  simpleResolvers: true,
})
@Discloses('CONSENT_RECORD')
export class DecisionType extends Node {
  @Field(() => ConsentStateEnum, { description: 'Where the record stood from then on.' })
  state!: string

  @Field(() => DateTimeScalar, { description: 'When it was so, as stated.' })
  occurredAt!: Date

  @Field(() => DateTimeScalar, { description: 'When Surety learnt it.' })
  acceptedAt!: Date

  @Field(() => ExpressionEnum, {
    nullable: true,
    description: 'How the person said it; null where no one had to.',
  })
  expressedBy!: string | null

  @Field(() => String, { nullable: true, description: 'What shows it, as stated.' })
  evidence!: string | null

  @Field(() => Boolean, {
    description: "True when a customer's user entered what the person had decided.",
  })
  recordedOnBehalf!: boolean
}
export const toDecision = (row: DecisionRow): DecisionType => toNode('cnd', row)
registerNode('cnd', 'ConsentDecision', 'consent:read', decisionById, toDecision)

@ObjectType('Disclosure', {
  implements: [Node, Redactable],
  description:
    'What one answer showed one app of one customer: how much of what, never the values. Written right after the answer.',
  simpleResolvers: true,
})
@Discloses('CONSENT_RECORD')
export class DisclosureType extends Node {
  customerId!: string
  appId!: string

  @Field(() => String, { description: "The app's name at the time." })
  recipientName!: string

  @Field(() => PurposeEnum, { description: 'What the app asked for.' })
  purpose!: string

  @Field(() => [DataCategoryEnum], { description: 'Which categories the answer held.' })
  categories!: string[]

  @Field(() => Int, {
    description: 'How many objects the answer held; one that stands in it twice counts twice.',
  })
  objectCount!: number

  @Field(() => Int, {
    description:
      'How many fields of them were answered; a closed one does not count. A list that is counted is one field, also when no object is shown.',
  })
  fieldCount!: number

  @Field(() => String, { description: 'The `Request-Id` of the answer.' })
  requestId!: string

  @Field(() => DateTimeScalar, { description: 'When.' })
  occurredAt!: Date
}
export const toDisclosure = (row: DisclosureRow): DisclosureType => toNode('dsc', row)
export const DisclosureConnection = connectionOf(() => DisclosureType, 'Disclosure', 'disclosures')
registerNode('dsc', 'Disclosure', 'disclosure:read', disclosureById, toDisclosure)

@ObjectType('AccessExplanation', {
  description: 'Why an app may or may not see records (clause 8.2.1).',
  simpleResolvers: true,
})
export class AccessExplanationType {
  @Field(() => Boolean, {
    description:
      'Whether the app may. For a personal category asked without a person: whether the customer does its part.',
  })
  allowed!: boolean

  @Field(() => [AccessReasonEnum], { description: 'Why; every reason that stands in the way.' })
  reasons!: string[]

  @Field(() => AuthorizationType, {
    nullable: true,
    description: 'The authorisation that opens it; null when none does.',
  })
  authorization!: AuthorizationType | null
}
