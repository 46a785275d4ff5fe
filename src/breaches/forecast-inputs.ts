import { Field, ID, InputType, Int } from 'type-graphql'
import { AGREEMENT_ID, type SuspensionScope, SuspensionScopeEnum } from '../agreements/index.js'
import { checkedDays } from '../calendar/index.js'
import { OBLIGATION_ID } from '../obligations/index.js'
import { Failure, Refusal } from '../platform/failure.js'
import { MoneyInput } from '../platform/graphql/money.js'
import { DateScalar, DateTimeScalar, DecimalScalar, JurisdictionScalar } from '../platform/graphql/scalars.js'
import { NO_UUID, uuidOf } from '../platform/ids.js'
import { parseAmount } from '../platform/money.js'
import { badInput } from '../tenancy/index.js'
import { type Assumptions, MAX_DAYS } from './forecast.js'

@InputType({ description: 'A suspension that is taken to be there.' })
export class ForecastSuspension {
  @Field(() => ID, { nullable: true, description: 'Of this agreement; of every one when omitted.' })
  agreementId?: string | null

  @Field(() => [SuspensionScopeEnum], {
    description:
      'Clocks under the clauses of these stand still: SERVICE 2 and 7, UPGRADE 6, BACKUP 8.3, PAYMENT 3, or ALL.',
  })
  scopes!: SuspensionScope[]
}

@InputType({
  description: 'Days of a jurisdiction that are taken to be published, as `calendarPublish` takes them.',
})
export class ForecastCalendar {
  @Field(() => JurisdictionScalar, { description: 'Whose days they are.' })
  jurisdiction!: string

  @Field(() => DateScalar, { description: 'First day that is published.' })
  publishedFrom!: string

  @Field(() => DateScalar, {
    description: 'Last day that is published; at most three years (1,098 days) in all.',
  })
  publishedThrough!: string

  @Field(() => [Int], {
    nullable: true,
    description:
      'Days of the week that are rest days, 1 (Monday) to 7 (Sunday); Saturday and Sunday when omitted.',
  })
  weekend?: number[] | null

  @Field(() => [DateScalar], {
    description: 'Statutory rest days between the two; those of a weekend may be left out.',
  })
  restDays!: string[]

  @Field(() => [DateScalar], {
    nullable: true,
    description: 'Days of a weekend that are worked (调休); none when omitted.',
  })
  workDays?: string[] | null
}

@InputType({ description: 'What is taken to be so, for this question alone.' })
export class ForecastAssumptions {
  @Field(() => [ID], {
    nullable: true,
    description:
      'Obligations and agreements, at most 100, whose clocks stand still: nothing of theirs falls due.',
  })
  pause?: string[] | null

  @Field(() => [ForecastSuspension], {
    nullable: true,
    description: 'Scopes, at most 100, that are suspended: nothing under their clauses falls due.',
  })
  suspend?: ForecastSuspension[] | null

  @Field(() => ForecastCalendar, {
    nullable: true,
    description:
      'Days that are published: estimates of that jurisdiction (the 500 that fall due first) are counted by them. What is sure stays, as it does when they are.',
  })
  calendar?: ForecastCalendar | null

  @Field(() => DateTimeScalar, {
    nullable: true,
    description:
      'What is missed stays undone until then, at most 731 days ahead: rules per day and per hour count every one that begins. Omitted, the first one alone.',
  })
  undoneUntil?: Date | null

  @Field(() => DecimalScalar, {
    nullable: true,
    description: 'Percent of clause 5.3.1 under an amended text, where a rule has no rate of its own.',
  })
  damagesPercent?: string | null

  @Field(() => MoneyInput, {
    nullable: true,
    description: 'The amount that every rule is a percent of, e.g. an amended annual fee.',
  })
  basis?: MoneyInput | null
}

/** As many as a request looks up by id anywhere. */
const MAX_PAUSED = 100

/** Checked, as a question is: what can't be so is BAD_USER_INPUT, with the reason. */
export function assumptionsOf(assume: ForecastAssumptions | null, now: Date): Assumptions {
  const pause = assume?.pause ?? []
  const suspended = (assume?.suspend ?? []).flatMap(({ agreementId, scopes }) =>
    scopes.map(scope => ({ agreementId: agreementOf(agreementId), scope })),
  )
  if (pause.length > MAX_PAUSED || suspended.length > MAX_PAUSED)
    throw badInput('FORECAST_PAUSED', { max: MAX_PAUSED })
  const basis = assume?.basis ? parseAmount(assume.basis.amount, assume.basis.currency) : null
  if (assume?.basis && (!basis || basis.minor < 0n)) throw new Failure('BAD_USER_INPUT')
  const percent = assume?.damagesPercent ?? null
  if (percent !== null && (Number(percent) < 0 || Number(percent) > 100)) throw new Failure('BAD_USER_INPUT')
  return {
    paused: pause.map(id => uuidOf(OBLIGATION_ID, id) ?? uuidOf(AGREEMENT_ID, id) ?? NO_UUID),
    suspended,
    calendar: calendarOf(assume?.calendar),
    undoneUntil: horizonOf(assume?.undoneUntil, now),
    damagesPercent: percent,
    basis,
  }
}

/** Null: of every agreement. An id that can't be one is of none. */
const agreementOf = (id: string | null | undefined): string | null =>
  id == null ? null : (uuidOf(AGREEMENT_ID, id) ?? NO_UUID)

function horizonOf(at: Date | null | undefined, now: Date): Date | null {
  if (at == null) return null
  const ahead = at.getTime() - now.getTime()
  if (ahead <= 0 || ahead > MAX_DAYS * 86_400_000) throw badInput('FORECAST_SPAN', { max: MAX_DAYS })
  return at
}

function calendarOf(calendar: ForecastCalendar | null | undefined): Assumptions['calendar'] {
  if (calendar == null) return null
  try {
    return { jurisdiction: calendar.jurisdiction, days: checkedDays(calendar) }
  } catch (error) {
    const reason = error instanceof Refusal ? error.errors[0] : undefined
    if (!reason) throw error
    throw badInput(reason.messageKey, reason.params)
  }
}
