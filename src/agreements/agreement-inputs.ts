import { Field, ID, InputType, Int, registerEnumType } from 'type-graphql'
import { ServiceWindowInput } from '../calendar/index.js'
import { MutationInput, OrderDirection } from '../platform/graphql/contract.js'
import {
  ClauseNumberScalar,
  DateTimeScalar,
  DecimalScalar,
  JurisdictionScalar,
  TimeZoneScalar,
} from '../platform/graphql/scalars.js'
import type { SuspensionScope } from './agreement.js'
import {
  AgreementStateEnum,
  AllocationEnum,
  DamagesBasisEnum,
  DamagesModeEnum,
  RequiredActsEnum,
  SideEnum,
  SigningActEnum,
  SigningMethodEnum,
  SupportChannelKindEnum,
  SuspensionScopeEnum,
} from './agreement-enums.js'
import type { RequiredActs, Side, SigningAct, SigningMethod } from './agreement-version.js'
import type { AllocationOrder, DamagesBasis, DamagesMode } from './damages-rule.js'
import type { SupportChannelKind } from './scope.js'

export enum AgreementOrderField {
  CREATED_AT = 'CREATED_AT',
  UPDATED_AT = 'UPDATED_AT',
}
registerEnumType(AgreementOrderField, {
  name: 'AgreementOrderField',
  description: 'What agreements can be ordered by.',
  valuesConfig: {
    CREATED_AT: { description: 'When they were drafted or imported.' },
    UPDATED_AT: { description: 'When anything of them last changed.' },
  },
})

@InputType({ description: 'Order of a list of agreements.' })
export class AgreementOrder {
  @Field(() => AgreementOrderField, { description: 'By what.' })
  field!: AgreementOrderField

  @Field(() => OrderDirection, { description: 'Which end comes first.' })
  direction!: OrderDirection
}

@InputType({
  description: 'Which agreements. Conditions are joined by "and"; an omitted one does not restrict.',
})
export class AgreementFilter {
  @Field(() => [AgreementStateEnum], { nullable: true, description: 'In one of these states.' })
  state?: string[] | null

  @Field(() => ID, { nullable: true, description: 'Of this customer.' })
  customerId?: string | null

  @Field(() => String, { nullable: true, description: 'With exactly this number.' })
  number?: string | null

  @Field(() => DateTimeScalar, { nullable: true, description: 'Changed after this instant.' })
  updatedAfter?: Date | null
}

@InputType({ description: 'Values for blanks. Omitted: unchanged; null empties the blank.' })
export class AgreementTermsInput {
  @Field(() => String, { nullable: true, description: '合同编号, unique in the tenant (head, clause 0).' })
  contractNumber?: string | null

  @Field(() => String, { nullable: true, description: '甲方 (head, clause 0).' })
  providerName?: string | null

  @Field(() => String, { nullable: true, description: '乙方 (head, clause 0).' })
  customerName?: string | null

  @Field(() => Int, { nullable: true, description: 'Years, 1 to 10 (clause 1.3.1).' })
  termYears?: number | null

  @Field(() => DecimalScalar, { nullable: true, description: 'Hours, 0.25 to 720 (clause 2.3.1).' })
  responseHours?: string | null

  @Field(() => DecimalScalar, {
    nullable: true,
    description: 'Hours, 0.25 to 720, not under the response (clause 2.3.1).',
  })
  fixHours?: string | null

  @Field(() => Int, { nullable: true, description: 'Years, 1 to 10 (clause 2.4.1).' })
  serviceTermYears?: number | null

  @Field(() => Int, { nullable: true, description: 'Years, 0 to 20 (clause 4.3.1).' })
  confidentialityYears?: number | null

  @Field(() => DecimalScalar, { nullable: true, description: 'Percent, over 0 to 100 (clause 5.3.1).' })
  liquidatedDamagesPercent?: string | null

  @Field(() => Int, { nullable: true, description: 'Working days, 1 to 60 (clause 6.2.1).' })
  upgradeNoticeWorkingDays?: number | null

  @Field(() => Int, { nullable: true, description: 'Working days, 1 to 60 (clause 6.4.1).' })
  updateWindowWorkingDays?: number | null

  @Field(() => DecimalScalar, { nullable: true, description: 'Hours, 0.25 to 720 (clause 6.4.2).' })
  upgradeProblemResponseHours?: string | null

  @Field(() => DecimalScalar, { nullable: true, description: 'Hours, 0.25 to 720 (clause 7.2.1).' })
  supportResponseHours?: string | null

  @Field(() => DecimalScalar, { nullable: true, description: 'Hours, 0.25 to 720 (clause 8.3.2).' })
  restoreHours?: string | null
}

@InputType()
abstract class DraftInput extends MutationInput {
  @Field(() => ID, { description: 'The customer (乙方) it is with.' })
  customerId!: string

  @Field(() => TimeZoneScalar, {
    nullable: true,
    description: 'The zone its civil dates are of. Default Asia/Shanghai.',
  })
  timeZone?: string | null

  @Field(() => JurisdictionScalar, {
    nullable: true,
    description: 'Whose working days its deadlines are counted by (`workingDays`). Default CN.',
  })
  jurisdiction?: string | null

  @Field(() => RequiredActsEnum, {
    nullable: true,
    description:
      'What each side must do for it to come into force. Default SIGNATURE_OR_SEAL (clause 1.3.1).',
  })
  requiredActs?: RequiredActs | null

  @Field(() => ServiceWindowInput, {
    nullable: true,
    description:
      'The only hours of working days in which the hours of its clauses are counted. Default: the wall clock.',
  })
  serviceWindow?: ServiceWindowInput | null
}

@InputType({ description: 'A contract as somebody pasted it.' })
export class AgreementImportInput extends DraftInput {
  @Field(() => String, {
    description: 'The whole text, at most 256 kB in UTF-8. Noise around the contract is left out.',
  })
  text!: string
}

@InputType({ description: 'A draft in the words of our own standard form.' })
export class AgreementDraftInput extends DraftInput {
  @Field(() => AgreementTermsInput, { nullable: true, description: 'What fills its blanks so far.' })
  terms?: AgreementTermsInput | null
}

@InputType()
abstract class AgreementChangeInput extends MutationInput {
  @Field(() => ID, { description: 'The agreement.' })
  agreementId!: string

  @Field(() => Int, {
    nullable: true,
    description: 'The revision you have read; another one is STALE_REVISION.',
  })
  expectedRevision?: number | null
}

@InputType({ description: 'Blanks to fill or empty.' })
export class AgreementTermsSetInput extends AgreementChangeInput {
  @Field(() => AgreementTermsInput, { description: 'The values.' })
  terms!: AgreementTermsInput

  @Field(() => RequiredActsEnum, {
    nullable: true,
    description: 'What each side must do for it to come into force (clause 1.3.1).',
  })
  requiredActs?: RequiredActs | null

  @Field(() => ServiceWindowInput, {
    nullable: true,
    description:
      'The only hours of working days in which its hours are counted. Omitted: unchanged; null: the wall clock.',
  })
  serviceWindow?: ServiceWindowInput | null
}

@InputType({ description: 'An amendment to begin.' })
export class AgreementAmendInput extends AgreementChangeInput {
  @Field(() => DateTimeScalar, {
    nullable: true,
    description:
      'From when on it is to hold, at the earliest from now and before the term ends; signed with the text. Omitted: from the last required act.',
  })
  effectiveFrom?: Date | null

  @Field(() => AgreementTermsInput, {
    nullable: true,
    description:
      'What changes; everything else stays as it holds now, and can be changed while it is a draft.',
  })
  terms?: AgreementTermsInput | null
}

@InputType({ description: 'An agreement to go on after.' })
export class AgreementRenewInput extends AgreementChangeInput {
  @Field(() => AgreementTermsInput, {
    nullable: true,
    description: 'What changes, above all the number (合同编号), which is left blank otherwise.',
  })
  terms?: AgreementTermsInput | null
}

@InputType({ description: 'How the percent of clause 5.3.1 becomes money for some duties.' })
export class DamagesRuleInput {
  @Field(() => [ClauseNumberScalar], {
    description: 'The duties it prices: clauses of this version that no other rule prices.',
  })
  dutyClauses!: string[]

  @Field(() => DamagesBasisEnum, { description: 'Percent of what.' })
  basis!: DamagesBasis

  @Field(() => DamagesModeEnum, { description: 'Once, or per unit of delay.' })
  mode!: DamagesMode

  @Field(() => DecimalScalar, {
    nullable: true,
    description: 'Percent, over 0 to 100, up to 8 decimals, e.g. 0.035; null: the percent of clause 5.3.1.',
  })
  ratePercent?: string | null

  @Field(() => DecimalScalar, {
    nullable: true,
    description:
      'Cap in percent of the basis per agreement year, up to 1000; of OVERDUE_PRINCIPAL for each debt by itself; null: none of its own.',
  })
  capPercent?: string | null

  @Field(() => Boolean, { nullable: true, description: 'Whether the basis includes tax. Default true.' })
  taxInclusive?: boolean | null

  @Field(() => AllocationEnum, {
    nullable: true,
    description: 'What a payment settles first. Default DAMAGES_FIRST.',
  })
  allocation?: AllocationOrder | null
}

@InputType({ description: 'A damages rule to add, or to put in the place of the one that `ruleId` names.' })
export class AgreementDamagesRuleSetInput extends AgreementChangeInput {
  @Field(() => ID, { nullable: true, description: 'The rule to replace; omitted: a new one.' })
  ruleId?: string | null

  @Field(() => DamagesRuleInput, { description: 'The rule.' })
  rule!: DamagesRuleInput
}

@InputType({ description: 'A damages rule to take out.' })
export class AgreementDamagesRuleRemoveInput extends AgreementChangeInput {
  @Field(() => ID, { description: 'The rule.' })
  ruleId!: string
}

@InputType({ description: 'A product the agreement is about (clause 1.2.1).' })
export class CoveredSoftwareInput {
  @Field(() => String, { description: 'Name, at most 200 characters.' })
  product!: string

  @Field(() => String, {
    nullable: true,
    description: 'Version, at most 100 characters; omitted: every one.',
  })
  version?: string | null

  @Field(() => String, {
    nullable: true,
    description: 'Where it runs, at most 200 characters; omitted: everywhere.',
  })
  environment?: string | null
}

@InputType({ description: 'The whole list of covered software (clause 1.2.1); the list before is replaced.' })
export class CoveredSoftwareSetInput extends AgreementChangeInput {
  @Field(() => [CoveredSoftwareInput], { description: 'At most 100 products.' })
  software!: CoveredSoftwareInput[]
}

@InputType({ description: 'A way to reach support (clause 7.1.1).' })
export class SupportChannelInput {
  @Field(() => SupportChannelKindEnum, { description: 'Telephone, e-mail or online.' })
  kind!: SupportChannelKind

  @Field(() => String, {
    description:
      "A number, a mailbox or a web address of the provider's, at most 320 characters; nobody's personal one.",
  })
  address!: string

  @Field(() => String, {
    nullable: true,
    description: 'When somebody is there, in words, at most 200 characters.',
  })
  hours?: string | null
}

@InputType({ description: 'The whole list of support channels (clause 7.1.1); the list before is replaced.' })
export class SupportChannelSetInput extends AgreementChangeInput {
  @Field(() => [SupportChannelInput], { description: 'At most 100 channels.' })
  channels!: SupportChannelInput[]
}

@InputType({ description: 'A draft to settle.' })
export class AgreementSubmitForSigningInput extends AgreementChangeInput {}

@InputType({ description: 'A draft to give up.' })
export class AgreementCancelInput extends AgreementChangeInput {}

@InputType({ description: 'One act of one side (clause 1.3.1).' })
export class AgreementSignInput extends AgreementChangeInput {
  @Field(() => String, {
    description: 'The `contentHash` of the version you have read: another one is CONTENT_CHANGED.',
  })
  contentHash!: string

  @Field(() => SigningActEnum, { nullable: true, description: 'Signature or seal. Default SIGNATURE.' })
  act?: SigningAct | null

  @Field(() => SigningMethodEnum, {
    nullable: true,
    description:
      'Default ONLINE: it counts when it is accepted. PAPER is a fact, with `occurredAt` and `evidence`.',
  })
  method?: SigningMethod | null

  @Field(() => SideEnum, {
    nullable: true,
    description: 'Whose act. Default: your own side. Only staff entering a paper act may name the other.',
  })
  side?: Side | null

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'When a paper act was done; required for PAPER, not in the future.',
  })
  occurredAt?: Date | null

  @Field(() => String, {
    nullable: true,
    description: 'What shows a paper act, at most 2000 characters; required for PAPER.',
  })
  evidence?: string | null

  @Field(() => ID, { nullable: true, description: 'The person who signed, of those you may see.' })
  signatoryId?: string | null
}

@InputType({ description: 'Scopes to stop.' })
export class AgreementSuspendInput extends AgreementChangeInput {
  @Field(() => [SuspensionScopeEnum], { description: 'At least one.' })
  scopes!: SuspensionScope[]

  @Field(() => String, { description: 'Why, at most 1000 characters.' })
  reason!: string
}

@InputType({ description: 'Scopes to start again.' })
export class AgreementResumeInput extends AgreementChangeInput {
  @Field(() => [SuspensionScopeEnum], { description: 'At least one.' })
  scopes!: SuspensionScope[]
}

@InputType({ description: 'An agreement to end before its time.' })
export class AgreementTerminateInput extends AgreementChangeInput {
  @Field(() => String, { description: 'Why, at most 1000 characters: the contract names no grounds.' })
  reason!: string
}
