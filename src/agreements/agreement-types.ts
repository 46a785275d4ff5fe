import { Field, Int, ObjectType } from 'type-graphql'
import { ServiceWindowType } from '../calendar/index.js'
import { Discloses, Node } from '../platform/graphql/contract.js'
import { connectionOf } from '../platform/graphql/pages.js'
import {
  ClauseNumberScalar,
  DateScalar,
  DateTimeScalar,
  DecimalScalar,
  JurisdictionScalar,
  TimeZoneScalar,
} from '../platform/graphql/scalars.js'
import { Redactable, registerNode, toNode } from '../tenancy/index.js'
import {
  agreementById,
  type AgreementRow,
  channelById,
  type ChannelRow,
  clauseById,
  type ClauseRow,
  damagesRuleById,
  type DamagesRuleRow,
  signatureById,
  type SignatureRow,
  softwareById,
  type SoftwareRow,
  suspensionById,
  type SuspensionRow,
  versionById,
  type VersionRow,
} from './agreement-loaders.js'
import { plain } from './agreement-finding.js'
import {
  AgreementStateEnum,
  AgreementWarningEnum,
  AllocationEnum,
  DamagesBasisEnum,
  DamagesModeEnum,
  RequiredActsEnum,
  SideEnum,
  SigningActEnum,
  SigningMethodEnum,
  SupportChannelKindEnum,
  SuspensionScopeEnum,
  TermUnitEnum,
  VersionStateEnum,
} from './agreement-enums.js'

@ObjectType('Agreement', {
  implements: [Node, Redactable],
  description:
    'One maintenance agreement (智能客服软件维护协议) between the provider (甲方) and a customer (乙方).',
  simpleResolvers: true,
})
@Discloses('CONTRACT')
export class AgreementType extends Node {
  uuid!: string
  customerId!: string
  renewsId!: string | null

  @Field(() => String, {
    nullable: true,
    description: '合同编号, as written (head, clause 0); null while a draft has none.',
  })
  number!: string | null

  @Field(() => AgreementStateEnum, { description: 'Where it stands.' })
  state!: string

  @Field(() => TimeZoneScalar, { description: 'The zone its civil dates are of. Default Asia/Shanghai.' })
  timeZone!: string

  @Field(() => JurisdictionScalar, {
    description: 'Whose working days its deadlines are counted by. Default CN.',
  })
  jurisdiction!: string

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'The last required signature or seal (clause 1.3.1); null before it is in force.',
  })
  effectiveAt!: Date | null

  @Field(() => DateScalar, { nullable: true, description: 'Civil date of `effectiveAt` (clause 1.3.1).' })
  effectiveOn!: string | null

  @Field(() => DateScalar, {
    nullable: true,
    description:
      'Last civil day of the term (clause 1.3.1; Civil Code arts 201-202). It does not roll to a working day.',
  })
  endsOn!: string | null

  @Field(() => DateTimeScalar, { nullable: true, description: 'The midnight that ends `endsOn`.' })
  endsAt!: Date | null

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it was ended before its time.' })
  terminatedAt!: Date | null

  @Field(() => String, {
    nullable: true,
    description: 'Why it was ended, as stated: the contract names no grounds.',
  })
  terminationReason!: string | null

  @Field(() => DateScalar, {
    nullable: true,
    description: 'Last civil day of confidentiality, for both sides (clause 4.3.1).',
  })
  confidentialUntil!: string | null

  @Field(() => DateTimeScalar, { description: 'When it was drafted or imported.' })
  createdAt!: Date

  @Field(() => DateTimeScalar, { description: 'When anything of it last changed.' })
  updatedAt!: Date

  @Field(() => Int, {
    description: 'Rises with every change of anything of it; `expectedRevision` takes it.',
  })
  revision!: number
}
export const AGREEMENT_ID = 'agr'
export const toAgreement = (row: AgreementRow): AgreementType => toNode(AGREEMENT_ID, row)
export const AgreementConnection = connectionOf(() => AgreementType, 'Agreement', 'agreements')
registerNode(AGREEMENT_ID, 'Agreement', 'agreement:read', agreementById, toAgreement)

@ObjectType('AgreementVersion', {
  implements: Node,
  description:
    'One text of an agreement. Terms are read from the version in force at the instant that triggers them.',
  simpleResolvers: true,
})
@Discloses('CONTRACT')
export class VersionType extends Node {
  uuid!: string
  agreementId!: string
  terms!: VersionRow['terms']
  textWarnings!: VersionRow['textWarnings']

  @Field(() => Int, { description: 'Counts from 1.' })
  number!: number

  @Field(() => VersionStateEnum, { description: 'Where it stands.' })
  state!: string

  @Field(() => RequiredActsEnum, {
    description: 'What each side must do for it to come into force (clause 1.3.1).',
  })
  requiredActs!: string

  @Field(() => ServiceWindowType, {
    nullable: true,
    description:
      'The only hours of working days in which the hours of its clauses are counted; null: on the wall clock, holidays included.',
  })
  serviceWindow!: ServiceWindowType | null

  @Field(() => String, {
    nullable: true,
    description:
      'SHA-256 over everything the parties sign, in hex; null in a draft. `agreementSign` takes it.',
  })
  contentHash!: string | null

  @Field(() => DateTimeScalar, { nullable: true, description: 'From when it is in force.' })
  effectiveFrom!: Date | null

  @Field(() => DateTimeScalar, { description: 'When it was begun.' })
  createdAt!: Date

  @Field(() => DateTimeScalar, { description: 'When its text last changed.' })
  updatedAt!: Date

  @Field(() => Int, { description: 'Rises with every change of its text.' })
  revision!: number
}
export const toVersion = (row: VersionRow): VersionType => toNode('agv', row)
registerNode('agv', 'AgreementVersion', 'agreement:read', versionById, toVersion)

@ObjectType('Blank', { description: 'A blank of a clause and what fills it.', simpleResolvers: true })
export class BlankType {
  @Field(() => String, { description: 'Its name, the same as in `terms`.' })
  name!: string

  @Field(() => String, {
    nullable: true,
    description: 'What fills it: numbers as plain decimals; null while empty.',
  })
  value!: string | null

  @Field(() => TermUnitEnum, { description: 'What it counts.' })
  unit!: string
}

@ObjectType('Clause', {
  implements: Node,
  description: 'A numbered sentence of a version. Clauses are a flat list in reading order.',
  simpleResolvers: true,
})
@Discloses('CONTRACT')
export class ClauseType extends Node {
  uuid!: string
  versionId!: string

  @Field(() => ClauseNumberScalar, { description: 'As the contract prints it, e.g. `2.3.1`.' })
  number!: string

  @Field(() => Int, { description: 'How many parts its number has: 2 for `2.3`, 3 for `2.3.1`.' })
  depth!: number

  @Field(() => ClauseNumberScalar, {
    nullable: true,
    description: 'The clause it stands under; null for `2.3`, whose chapter is no clause.',
  })
  parentNumber!: string | null

  @Field(() => String, { nullable: true, description: 'Heading of its chapter, as written.' })
  chapter!: string | null

  @Field(() => String, { nullable: true, description: 'Heading of the clause, where it has one.' })
  title!: string | null

  @Field(() => String, { description: 'Its sentence as written; empty where the clause is a heading.' })
  text!: string
}
export const toClause = (row: ClauseRow): ClauseType => toNode('cls', row)
registerNode('cls', 'Clause', 'agreement:read', clauseById, toClause)

@ObjectType('AgreementTerms', {
  description: 'The filled blanks of a version, typed. Null: still empty, which only a draft may have.',
  simpleResolvers: true,
})
export class AgreementTermsType {
  @Field(() => String, { nullable: true, description: '合同编号 (head, clause 0).' })
  contractNumber!: string | null

  @Field(() => String, { nullable: true, description: '甲方, as written (head, clause 0).' })
  providerName!: string | null

  @Field(() => String, { nullable: true, description: '乙方, as written (head, clause 0).' })
  customerName!: string | null

  @Field(() => Int, {
    nullable: true,
    description: 'Term of the agreement in years, 1 to 10 (clause 1.3.1).',
  })
  termYears!: number | null

  @Field(() => DecimalScalar, {
    nullable: true,
    description: 'Hours to respond to a fault report, 0.25 to 720 (clause 2.3.1).',
  })
  responseHours!: string | null

  @Field(() => DecimalScalar, {
    nullable: true,
    description: 'Hours to fix a fault, 0.25 to 720, not under the response (clause 2.3.1).',
  })
  fixHours!: string | null

  @Field(() => Int, { nullable: true, description: 'Term of the service in years, 1 to 10 (clause 2.4.1).' })
  serviceTermYears!: number | null

  @Field(() => Int, {
    nullable: true,
    description: 'Years of confidentiality after the end, 0 to 20 (clause 4.3.1).',
  })
  confidentialityYears!: number | null

  @Field(() => DecimalScalar, {
    nullable: true,
    description: 'Liquidated damages (违约金) in percent, over 0 to 100 (clause 5.3.1).',
  })
  liquidatedDamagesPercent!: string | null

  @Field(() => Int, {
    nullable: true,
    description: 'Working days of notice before an upgrade, 1 to 60 (clause 6.2.1).',
  })
  upgradeNoticeWorkingDays!: number | null

  @Field(() => Int, {
    nullable: true,
    description: 'Working days for the customer to update, 1 to 60 (clause 6.4.1).',
  })
  updateWindowWorkingDays!: number | null

  @Field(() => DecimalScalar, {
    nullable: true,
    description: 'Hours to respond to a problem with an upgrade, 0.25 to 720 (clause 6.4.2).',
  })
  upgradeProblemResponseHours!: string | null

  @Field(() => DecimalScalar, {
    nullable: true,
    description: 'Hours to respond to a support request, 0.25 to 720 (clause 7.2.1).',
  })
  supportResponseHours!: string | null

  @Field(() => DecimalScalar, {
    nullable: true,
    description: 'Hours to restore lost data, 0.25 to 720 (clause 8.3.2).',
  })
  restoreHours!: string | null
}

@ObjectType('MissingTerm', { description: 'A blank that is still empty.', simpleResolvers: true })
export class MissingTermType {
  @Field(() => ClauseNumberScalar, { description: 'The clause it stands in; `0` is the head.' })
  clause!: string

  @Field(() => String, { description: 'Its name, the same as in `terms`.' })
  name!: string

  @Field(() => Boolean, { description: 'True when the version cannot be submitted for signing without it.' })
  required!: boolean
}

@ObjectType('AgreementWarning', {
  description: 'Something in a version that deserves a look, though it may be meant.',
  simpleResolvers: true,
})
export class AgreementWarningType {
  @Field(() => AgreementWarningEnum, { description: 'Stable, for programs.' })
  code!: string

  @Field(() => ClauseNumberScalar, { description: 'The clause to look at.' })
  clause!: string

  @Field(() => String, { description: 'For people, in the language of `Accept-Language`.' })
  message!: string
}

@ObjectType('AgreementSignature', {
  implements: [Node, Redactable],
  description: 'One act of one side under one text (clause 1.3.1).',
  simpleResolvers: true,
})
@Discloses('CONTRACT')
export class SignatureType extends Node {
  uuid!: string
  customerId!: string
  signatoryId!: string | null

  @Field(() => SideEnum, { description: 'Whose act it is.' })
  side!: string

  @Field(() => SigningActEnum, { description: 'A signature (签字) or a seal (盖章).' })
  act!: string

  @Field(() => SigningMethodEnum, { description: 'Done here, or on paper and entered as a fact.' })
  method!: string

  @Field(() => String, { description: 'The text that was signed.' })
  contentHash!: string

  @Field(() => DateTimeScalar, { description: 'When it was done.' })
  occurredAt!: Date

  @Field(() => DateTimeScalar, { description: 'When Surety learnt it.' })
  acceptedAt!: Date

  @Field(() => String, { nullable: true, description: 'What shows a paper act, as stated; null online.' })
  evidence!: string | null

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'Since when it counts for nothing, because the text changed; null while it stands.',
  })
  voidedAt!: Date | null
}
export const toSignature = (row: SignatureRow): SignatureType => toNode('sig', row)
registerNode('sig', 'AgreementSignature', 'agreement:read', signatureById, toSignature)

@ObjectType('DamagesRule', {
  implements: Node,
  description:
    "How the percent of clause 5.3.1 becomes money for some duties. Both sides' signatures confirm it; a duty without one has no number (NEEDS_LEGAL_DECISION).",
  simpleResolvers: true,
})
@Discloses('CONTRACT')
export class DamagesRuleType extends Node {
  uuid!: string
  versionId!: string
  ownRatePercent!: string | null

  @Field(() => [ClauseNumberScalar], { description: 'The duties it prices.' })
  dutyClauses!: string[]

  @Field(() => DamagesBasisEnum, { description: 'Percent of what.' })
  basis!: string

  @Field(() => DamagesModeEnum, { description: 'Once, or per unit of delay.' })
  mode!: string

  @Field(() => DecimalScalar, {
    nullable: true,
    description: 'Cap in percent of the basis per agreement year; null: none of its own.',
  })
  capPercent!: string | null

  @Field(() => Boolean, { description: 'Whether the basis includes tax.' })
  taxInclusive!: boolean

  @Field(() => AllocationEnum, { description: 'What a payment settles first.' })
  allocation!: string
}
export const toDamagesRule = ({ ratePercent, ...row }: DamagesRuleRow): DamagesRuleType => ({
  ...toNode('dmr', row),
  ownRatePercent: plain(ratePercent),
  capPercent: plain(row.capPercent),
})
registerNode('dmr', 'DamagesRule', 'agreement:read', damagesRuleById, toDamagesRule)

@ObjectType('CoveredSoftware', {
  implements: Node,
  description: 'A product the agreement is about (clause 1.2.1). A ticket on any other has no clock.',
  simpleResolvers: true,
})
@Discloses('CONTRACT')
export class SoftwareType extends Node {
  @Field(() => String, { description: 'Name of the product.' })
  product!: string

  @Field(() => String, { nullable: true, description: 'Its version; null: every one.' })
  version!: string | null

  @Field(() => String, { nullable: true, description: 'Where it runs; null: everywhere.' })
  environment!: string | null
}
export const toSoftware = (row: SoftwareRow): SoftwareType => toNode('sof', row)
registerNode('sof', 'CoveredSoftware', 'agreement:read', softwareById, toSoftware)

@ObjectType('SupportChannel', {
  implements: Node,
  description: 'A way to reach support (clause 7.1.1).',
  simpleResolvers: true,
})
@Discloses('CONTRACT')
export class ChannelType extends Node {
  @Field(() => SupportChannelKindEnum, { description: 'Telephone, e-mail or online.' })
  kind!: string

  @Field(() => String, { description: "A number, a mailbox or a web address of the provider's." })
  address!: string

  @Field(() => String, { nullable: true, description: 'When somebody is there, in words.' })
  hours!: string | null
}
export const toChannel = (row: ChannelRow): ChannelType => toNode('chn', row)
registerNode('chn', 'SupportChannel', 'agreement:read', channelById, toChannel)

@ObjectType('AgreementSuspension', {
  implements: Node,
  description: 'One scope of an agreement, stopped for a while.',
  simpleResolvers: true,
})
@Discloses('CONTRACT')
export class SuspensionType extends Node {
  @Field(() => SuspensionScopeEnum, { description: 'What is stopped.' })
  scope!: string

  @Field(() => String, { description: 'Why, as stated.' })
  reason!: string

  @Field(() => DateTimeScalar, { description: 'From when.' })
  startedAt!: Date

  @Field(() => DateTimeScalar, { nullable: true, description: 'Until when; null while it lasts.' })
  endedAt!: Date | null
}
export const toSuspension = (row: SuspensionRow): SuspensionType => toNode('sus', row)
registerNode('sus', 'AgreementSuspension', 'agreement:read', suspensionById, toSuspension)
