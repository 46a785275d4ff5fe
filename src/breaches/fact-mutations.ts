import type { GraphQLResolveInfo } from 'graphql'
import { Arg, Ctx, Field, ID, Info, InputType, Int, Mutation, registerEnumType, Resolver } from 'type-graphql'
import { type FactType, obligationById, ObligationType, toObligation } from '../obligations/index.js'
import { Allow, MutationInput, payloadOf, type UserError } from '../platform/graphql/contract.js'
import { DateTimeScalar } from '../platform/graphql/scalars.js'
import { Request } from '../tenancy/index.js'
import { AssessmentType, toAssessment } from './assessment-types.js'
import { assessmentById, breachOfObligation } from './breach-loaders.js'
import { BreachType, toBreach } from './breach-types.js'
import { sideOf } from './claim.js'
import { correctFact } from './corrections.js'

enum ClockFactEnum {
  STARTED = 'STARTED',
  PAUSED = 'PAUSED',
  RESUMED = 'RESUMED',
  STOPPED = 'STOPPED',
  REOPENED = 'REOPENED',
  CANCELLED = 'CANCELLED',
  BROKEN = 'BROKEN',
}
registerEnumType(ClockFactEnum, {
  name: 'ClockFact',
  description: 'Something that was so of a clock.',
  valuesConfig: {
    STARTED: { description: 'The duty began.' },
    PAUSED: { description: 'Its clock stood still from then on.' },
    RESUMED: { description: 'It went on.' },
    STOPPED: { description: 'It was done, e.g. a response was given by telephone.' },
    REOPENED: { description: 'It was to be done again.' },
    CANCELLED: { description: 'It was owed no more.' },
    BROKEN: { description: 'A forbearance was broken.' },
  },
})

@InputType({ description: 'What was so, by whoever is entitled to say it.' })
export class FactCorrectInput extends MutationInput {
  @Field(() => ID, { description: 'The obligation whose clock it is about.' })
  obligationId!: string

  @Field(() => Int, {
    nullable: true,
    description: 'The revision you have read; another one is STALE_REVISION.',
  })
  expectedRevision?: number | null

  @Field(() => ClockFactEnum, {
    nullable: true,
    description: 'What was so; omitted: what `corrects` names was not so at all.',
  })
  fact?: FactType | null

  @Field(() => Int, {
    nullable: true,
    description:
      'The `ordinal` of the step of the derivation that was wrong; omitted: nothing was known of it.',
  })
  corrects?: number | null

  @Field(() => DateTimeScalar, { description: 'When it was so.' })
  occurredAt!: Date

  @Field(() => String, { description: 'What shows it, at most 2,000 characters.' })
  evidence!: string
}

interface FactPayload {
  obligation: () => Promise<ObligationType | null> | null
  breach: () => Promise<BreachType | null> | null
  assessment: () => Promise<AssessmentType | null> | null
  userErrors: UserError[]
}

const FactCorrectPayload = payloadOf<FactPayload>('factCorrect', {
  obligation: {
    type: () => ObligationType,
    description: 'The obligation as it is now, with its derivation; null when nothing happened.',
  },
  breach: {
    type: () => BreachType,
    description: 'Its breach as it is now; null when there is none.',
  },
  assessment: {
    type: () => AssessmentType,
    description: 'The price of its root cause as it is now; null when there is none.',
  },
})

@Resolver()
export class FactMutations {
  @Allow('fact:correct')
  @Mutation(() => FactCorrectPayload, {
    nullable: true,
    description:
      'States a fact of a clock that was learnt later, as a response that was given by telephone. Nothing is rewritten: the step CORRECTED is added, the clock is judged by what was so, its breach is revised or withdrawn, and the cap of the year is derived anew. `breach.revised` and `breach.withdrawn` tell both verdicts. A breach that was upheld or paid for is not undone by a fact of the side that owed it. Codes: BLANK, INVALID, INVALID_STATE, IN_FUTURE, NOT_FOUND, STALE_REVISION, TOO_LONG.',
  })
  async factCorrect(
    @Arg('input', () => FactCorrectInput, { description: 'The fact, and what shows it.' })
    input: FactCorrectInput,
    @Ctx('request') request: Request,
    @Info() info: GraphQLResolveInfo,
  ): Promise<FactPayload> {
    const by = { side: sideOf(request.caller), actor: request.actor }
    const { ids, userErrors } = await request.change(info, input, async operation => ({
      obligationId: (await correctFact(operation, input, by)).id,
    }))
    const breach = () => ids && request.load(breachOfObligation, ids.obligationId)
    return {
      obligation: () =>
        ids && request.load(obligationById, ids.obligationId).then(row => row && toObligation(row)),
      breach: async () => {
        const row = await breach()
        return row ? toBreach(row) : null
      },
      assessment: async () => {
        const row = await breach()
        const price = row ? await request.load(assessmentById, row.assessmentId) : null
        return price && toAssessment(price)
      },
      userErrors,
    }
  }
}
