import { Field, ID, InputType, Int, registerEnumType } from 'type-graphql'
import type { DataCategory } from '../persistence/index.js'
import { MutationInput, OrderDirection } from '../platform/graphql/contract.js'
import { DateTimeScalar, TimeZoneScalar } from '../platform/graphql/scalars.js'
import { DataCategoryEnum, type DisclosureOperation, type Purpose, PurposeEnum } from '../tenancy/index.js'
import {
  AuthorizationStateEnum,
  ConsentStateEnum,
  DisclosureOperationEnum,
  ExpressionEnum,
} from './consent-enums.js'
import type { Expression } from './consent-record.js'

const EXPECTED_REVISION = 'The revision you have read; another one is STALE_REVISION.'

@InputType({ description: "A third party's app to make known." })
export class AppRegisterInput extends MutationInput {
  @Field(() => String, { description: 'Its name for people, at most 200 characters.' })
  name!: string

  @Field(() => String, {
    description:
      'Where its operator is reached, at most 320 characters: an address of the organisation, told to persons who are asked for consent (PIPL art. 23).',
  })
  contact!: string

  @Field(() => [String], {
    description: 'Scopes (`noun:verb`) that its tokens may have, e.g. `agreement:read`; at least one.',
  })
  scopes!: string[]

  @Field(() => Boolean, {
    nullable: true,
    description:
      'Whether it may send only documents that were published (`trustedDocumentsPublish`); false when omitted.',
  })
  trustedOnly?: boolean | null
}

@InputType()
abstract class AppChangeInput extends MutationInput {
  @Field(() => ID, { description: 'The app.' })
  appId!: string

  @Field(() => Int, { nullable: true, description: EXPECTED_REVISION })
  expectedRevision?: number | null
}

@InputType({ description: 'An app that gets a new secret.' })
export class AppRotateSecretInput extends AppChangeInput {}

@InputType({ description: 'An app that may send only published documents, or any again.' })
export class AppTrustedOnlySetInput extends AppChangeInput {
  @Field(() => Boolean, { description: 'True: published documents alone. False: any document.' })
  trustedOnly!: boolean
}

@InputType({ description: 'An app to shut out.' })
export class AppDisableInput extends AppChangeInput {}

@InputType({ description: 'What an app may have of the customer that you sign for.' })
export class DisclosureAuthorizeInput extends MutationInput {
  @Field(() => ID, { description: 'The app, as its operator told you.' })
  appId!: string

  @Field(() => String, {
    description:
      'Its name, as its operator told you: whom you authorise is what you say. An app of another name is NOT_FOUND.',
  })
  recipientName!: string

  @Field(() => PurposeEnum, { description: 'What for.' })
  purpose!: Purpose

  @Field(() => String, {
    nullable: true,
    description: 'The purpose in words, at most 500 characters: required for OTHER, refused for the rest.',
  })
  purposeText?: string | null

  @Field(() => [DataCategoryEnum], {
    description:
      'Which records, at least one category. Of a personal one (CONTACT, ATTACHMENT) each person decides as well.',
  })
  categories!: DataCategory[]

  @Field(() => [DisclosureOperationEnum], {
    nullable: true,
    description: 'What the app may do with them; READ when omitted.',
  })
  operations?: DisclosureOperation[] | null

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'From this instant on it opens nothing; omitted: until it is revoked.',
  })
  validUntil?: Date | null
}

@InputType({ description: 'An authorisation to take back.' })
export class DisclosureRevokeInput extends MutationInput {
  @Field(() => ID, { description: 'The authorisation.' })
  disclosureAuthorizationId!: string

  @Field(() => Int, { nullable: true, description: EXPECTED_REVISION })
  expectedRevision?: number | null
}

@InputType({ description: 'What a person is asked.' })
export class ConsentRequestInput extends MutationInput {
  @Field(() => ID, { description: 'Who is asked: a person of a customer.' })
  personId!: string

  @Field(() => ID, { description: 'The app that would receive the data.' })
  appId!: string

  @Field(() => String, {
    description: 'Its name, as the notice says it (PIPL art. 23). An app of another name is NOT_FOUND.',
  })
  recipientName!: string

  @Field(() => PurposeEnum, { description: 'What for.' })
  purpose!: Purpose

  @Field(() => String, {
    nullable: true,
    description: 'The purpose in words, at most 500 characters: required for OTHER, refused for the rest.',
  })
  purposeText?: string | null

  @Field(() => [DataCategoryEnum], {
    description: 'Which personal categories (CONTACT, ATTACHMENT), at least one.',
  })
  categories!: DataCategory[]

  @Field(() => String, {
    description: '处理方式: how the recipient handles the data, as the notice says, at most 500 characters.',
  })
  processingMethod!: string

  @Field(() => String, {
    nullable: true,
    description: "The recipient's contact as the notice says, at most 320 characters; omitted: the app's.",
  })
  recipientContact?: string | null

  @Field(() => String, {
    description: 'SHA-256 of the notice the person is shown: 64 lower-case hex digits.',
  })
  noticeHash!: string

  @Field(() => Int, {
    nullable: true,
    description:
      'For how many months, 1 to 120, counted in whole days from the day of consent; omitted: until it is withdrawn.',
  })
  termMonths?: number | null

  @Field(() => TimeZoneScalar, {
    nullable: true,
    description: 'The zone whose days the term counts. Default Asia/Shanghai.',
  })
  timeZone?: string | null
}

@InputType()
abstract class ConsentDecisionInput extends MutationInput {
  @Field(() => ID, { description: 'The consent record.' })
  consentRecordId!: string

  @Field(() => Int, { nullable: true, description: EXPECTED_REVISION })
  expectedRevision?: number | null

  @Field(() => DateTimeScalar, { nullable: true, description: 'When the person said it; omitted: now.' })
  decidedAt?: Date | null

  @Field(() => ExpressionEnum, { description: 'How the person said it.' })
  expressedBy!: Expression

  @Field(() => String, {
    description: 'What shows it, at most 2000 characters, e.g. where the paper is kept.',
  })
  evidence!: string
}

@InputType({ description: 'A yes that a person gave.' })
export class ConsentGrantInput extends ConsentDecisionInput {}

@InputType({ description: 'A no that a person gave.' })
export class ConsentRefuseInput extends ConsentDecisionInput {}

@InputType({ description: 'A consent that a person took back.' })
export class ConsentWithdrawInput extends ConsentDecisionInput {}

@InputType({
  description: 'Which authorisations. Conditions are joined by "and"; an omitted one does not restrict.',
})
export class AuthorizationFilter {
  @Field(() => ID, { nullable: true, description: 'For this app.' })
  appId?: string | null

  @Field(() => ID, { nullable: true, description: 'Of this customer.' })
  customerId?: string | null

  @Field(() => [AuthorizationStateEnum], { nullable: true, description: 'In one of these states now.' })
  state?: string[] | null

  @Field(() => [PurposeEnum], { nullable: true, description: 'For one of these purposes.' })
  purpose?: string[] | null

  @Field(() => DateTimeScalar, { nullable: true, description: 'Changed after this instant.' })
  updatedAfter?: Date | null
}

@InputType({
  description: 'Which consent records. Conditions are joined by "and"; an omitted one does not restrict.',
})
export class ConsentFilter {
  @Field(() => ID, { nullable: true, description: 'For this app.' })
  appId?: string | null

  @Field(() => ID, { nullable: true, description: 'Of this customer.' })
  customerId?: string | null

  @Field(() => ID, { nullable: true, description: 'Of this person.' })
  personId?: string | null

  @Field(() => [ConsentStateEnum], { nullable: true, description: 'In one of these states now.' })
  state?: string[] | null

  @Field(() => [PurposeEnum], { nullable: true, description: 'For one of these purposes.' })
  purpose?: string[] | null

  @Field(() => DateTimeScalar, { nullable: true, description: 'Changed after this instant.' })
  updatedAfter?: Date | null
}

@InputType({
  description: 'Which disclosures. Conditions are joined by "and"; an omitted one does not restrict.',
})
export class DisclosureFilter {
  @Field(() => ID, { nullable: true, description: 'To this app.' })
  appId?: string | null

  @Field(() => ID, { nullable: true, description: 'Of this customer.' })
  customerId?: string | null

  @Field(() => DateTimeScalar, { nullable: true, description: 'After this instant.' })
  occurredAfter?: Date | null
}

@InputType({
  description: 'Which apps. Conditions are joined by "and"; an omitted one does not restrict.',
})
export class AppFilter {
  @Field(() => String, { nullable: true, description: 'With exactly this client id.' })
  clientId?: string | null

  @Field(() => DateTimeScalar, { nullable: true, description: 'Changed after this instant.' })
  updatedAfter?: Date | null
}

export enum AppOrderField {
  CREATED_AT = 'CREATED_AT',
  UPDATED_AT = 'UPDATED_AT',
}
registerEnumType(AppOrderField, {
  name: 'AppOrderField',
  description: 'What apps can be ordered by.',
  valuesConfig: {
    CREATED_AT: { description: 'When they were registered.' },
    UPDATED_AT: { description: 'When they last changed.' },
  },
})

@InputType({ description: 'Order of a list of apps.' })
export class AppOrder {
  @Field(() => AppOrderField, { description: 'By what.' })
  field!: AppOrderField

  @Field(() => OrderDirection, { description: 'Which end comes first.' })
  direction!: OrderDirection
}

export enum ConsentOrderField {
  CREATED_AT = 'CREATED_AT',
}
registerEnumType(ConsentOrderField, {
  name: 'ConsentOrderField',
  description: 'What authorisations and consent records can be ordered by.',
  valuesConfig: { CREATED_AT: { description: 'When they were made.' } },
})

@InputType({ description: 'Order of a list of authorisations or consent records.' })
export class ConsentOrder {
  @Field(() => ConsentOrderField, { description: 'By what.' })
  field!: ConsentOrderField

  @Field(() => OrderDirection, { description: 'Which end comes first.' })
  direction!: OrderDirection
}

export enum DisclosureOrderField {
  OCCURRED_AT = 'OCCURRED_AT',
}
registerEnumType(DisclosureOrderField, {
  name: 'DisclosureOrderField',
  description: 'What disclosures can be ordered by.',
  valuesConfig: { OCCURRED_AT: { description: 'When they happened.' } },
})

@InputType({ description: 'Order of a list of disclosures.' })
export class DisclosureOrder {
  @Field(() => DisclosureOrderField, { description: 'By what.' })
  field!: DisclosureOrderField

  @Field(() => OrderDirection, { description: 'Which end comes first.' })
  direction!: OrderDirection
}
