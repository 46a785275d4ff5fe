import { Field, Int, ObjectType } from 'type-graphql'
import { ServiceWindowType } from '../calendar/index.js'
import { Discloses, Node } from '../platform/graphql/contract.js'
import { DateTimeScalar, DecimalScalar, TimeZoneScalar } from '../platform/graphql/scalars.js'
import { registerNode, toNode } from '../tenancy/index.js'
import { DeadlineUnitEnum, PauseReasonEnum, StretchKindEnum } from './obligation-enums.js'
import { pauseById, type PauseRow } from './obligation-loaders.js'

@ObjectType('ObligationPause', {
  implements: Node,
  description:
    'A stretch in which a clock stood still for one reason. Where several overlap, the time counts once. Data category BREACH.',
  simpleResolvers: true,
})
@Discloses('BREACH')
export class PauseType extends Node {
  uuid!: string
  customerId!: string
  obligationId!: string

  @Field(() => DateTimeScalar, { description: 'From when on.' })
  from!: Date

  @Field(() => DateTimeScalar, { nullable: true, description: 'Until when; null while it lasts.' })
  until!: Date | null

  @Field(() => PauseReasonEnum, { description: 'Why.' })
  reason!: string
}
export const toPause = (row: PauseRow): PauseType => toNode('pau', row)
registerNode('pau', 'ObligationPause', 'obligation:read', pauseById, toPause)

@ObjectType('DerivationStep', {
  description: 'Something that happened to a clock, and where it led.',
  simpleResolvers: true,
})
export class DerivationStepType {
  @Field(() => DateTimeScalar, { description: 'When it was so.' })
  at!: Date

  @Field(() => DateTimeScalar, { description: 'When it was learnt; of DUE, when it was last counted.' })
  acceptedAt!: Date

  @Field(() => String, {
    description:
      'For programs: STARTED, DUE, PAUSED, RESUMED, STOPPED, REOPENED, UNDONE, MISSED, CANCELLED, BROKEN, RECALCULATED, CORRECTED; new ones may be added.',
  })
  code!: string

  @Field(() => PauseReasonEnum, { nullable: true, description: 'Of PAUSED and RESUMED: the reason.' })
  reason!: string | null

  @Field(() => String, {
    nullable: true,
    description: 'Of STARTED and RECALCULATED: the calendar version that counts from there on.',
  })
  calendarVersion!: string | null

  @Field(() => String, {
    nullable: true,
    description: 'Of CORRECTED: what was so, as a code; null when what it corrects was not so at all.',
  })
  fact!: string | null

  @Field(() => Int, {
    nullable: true,
    description: 'Of CORRECTED: the `ordinal` of the step that was wrong; null when it was missing.',
  })
  corrects!: number | null

  @Field(() => Int, { nullable: true, description: 'Its place among the clock events; null for DUE.' })
  ordinal!: number | null

  /** Of BROKEN, the uuid of the finding that says so: the room of breaches resolves it. */
  findingId!: string | null

  @Field(() => String, { nullable: true, description: 'Of CORRECTED and BROKEN: what shows it.' })
  evidence!: string | null

  @Field(() => String, { description: 'For people, in the language of `Accept-Language`.' })
  text!: string
}

@ObjectType('DerivationStretch', {
  description: 'A stretch between the start and the due instant: what of it was counted.',
  simpleResolvers: true,
})
export class DerivationStretchType {
  @Field(() => DateTimeScalar, { description: 'Where it begins.' })
  from!: Date

  @Field(() => DateTimeScalar, { description: 'Where it ends; itself not part of it.' })
  until!: Date

  @Field(() => StretchKindEnum, { description: 'Whether it counts, and why not.' })
  kind!: string

  @Field(() => DecimalScalar, {
    nullable: true,
    description:
      'Seconds of it, to the millisecond; null of a duty counted in days. Those of RAN add up to what is given.',
  })
  seconds!: string | null

  @Field(() => Int, {
    nullable: true,
    description: 'Civil days of it; null of a duty counted in hours. Those of RAN add up to what is given.',
  })
  days!: number | null

  @Field(() => String, { description: 'For people, in the language of `Accept-Language`.' })
  text!: string
}

@ObjectType('Derivation', {
  description:
    'How a due instant came about, so that a person can follow it and a program replay it: from `steps`, what is given, and the working days of `calendarVersion`.',
  simpleResolvers: true,
})
export class DerivationType {
  @Field(() => DecimalScalar, { description: 'How much time is given; of SLOT its minutes of grace.' })
  quantity!: string

  @Field(() => DeadlineUnitEnum, { description: 'In what.' })
  unit!: string

  @Field(() => TimeZoneScalar, {
    nullable: true,
    description: 'Whose civil days are counted; null for hours on the wall clock.',
  })
  timeZone!: string | null

  @Field(() => String, {
    nullable: true,
    description:
      'The working days it was counted by, e.g. `CN 2026 + 1`: the edition of the shared reference, and the number of the version that the provider has published over it. Null where none are needed.',
  })
  calendarVersion!: string | null

  @Field(() => ServiceWindowType, {
    nullable: true,
    description: 'The only hours in which it runs; null: the wall clock.',
  })
  serviceWindow!: ServiceWindowType | null

  @Field(() => [DerivationStepType], {
    description: 'In the order they were learnt; DUE, the due instant as it stands, follows the start.',
  })
  steps!: DerivationStepType[]

  @Field(() => [DerivationStretchType], {
    description:
      'From the start, or of days the day of it, to the due instant, without a gap, in the order they are counted.',
  })
  stretches!: DerivationStretchType[]
}
