import type { GraphQLResolveInfo } from 'graphql'
import { Arg, type ClassType, Ctx, Info, Mutation, Resolver } from 'type-graphql'
import type { Operation } from '../persistence/index.js'
import { Allow, payloadOf, type UserError } from '../platform/graphql/contract.js'
import { Request } from '../tenancy/index.js'
import { AssessmentType, toAssessment } from './assessment-types.js'
import type { Breach } from './breach.js'
import { assessmentById, breachById } from './breach-loaders.js'
import { BreachType, toBreach } from './breach-types.js'
import { type Claimant, sideOf } from './claim.js'
import {
  BreachAcceptInput,
  BreachConfirmInput,
  BreachCureInput,
  BreachDisputeInput,
  BreachLinkRootCauseInput,
  BreachNotifyInput,
  BreachRejectInput,
  BreachUpholdInput,
  BreachWaiveInput,
  FindingReportInput,
} from './claim-inputs.js'
import {
  acceptBreach,
  confirmBreach,
  cureBreach,
  decideBreach,
  disputeBreach,
  linkRootCause,
  notifyBreach,
  waiveBreach,
} from './claims.js'
import { reportFinding } from './findings.js'

interface BreachPayload {
  breach: () => Promise<BreachType | null> | null
  assessment: () => Promise<AssessmentType | null> | null
  userErrors: UserError[]
}

/** Every mutation of a breach answers it, and the price that it moves. */
const payload = (mutation: string): ClassType<BreachPayload> =>
  payloadOf<BreachPayload>(mutation, {
    breach: {
      type: () => BreachType,
      description: 'The breach as it is now; null when nothing happened.',
    },
    assessment: {
      type: () => AssessmentType,
      description: 'The price of its root cause as it is now; null when nothing happened.',
    },
  })

const FindingReportPayload = payload('findingReport')
const BreachConfirmPayload = payload('breachConfirm')
const BreachNotifyPayload = payload('breachNotify')
const BreachAcceptPayload = payload('breachAccept')
const BreachDisputePayload = payload('breachDispute')
const BreachUpholdPayload = payload('breachUphold')
const BreachRejectPayload = payload('breachReject')
const BreachWaivePayload = payload('breachWaive')
const BreachCurePayload = payload('breachCure')
const BreachLinkRootCausePayload = payload('breachLinkRootCause')

@Resolver()
export class BreachMutations {
  @Allow('breach:report')
  @Mutation(() => FindingReportPayload, {
    nullable: true,
    description:
      'Reports that a duty without a clock was broken (clauses 2.1.1, 4.2.1, 6.3.1 and others): what the other side broke, or what your own did. It is one finding of a root cause of its own, or of the breach that `causeBreachId` names. Codes: BLANK, INVALID, IN_FUTURE, NOT_FOUND, TOO_LONG.',
  })
  findingReport(
    @Arg('input', () => FindingReportInput, { description: 'The finding.' }) input: FindingReportInput,
    @Ctx('request') request: Request,
    @Info() info: GraphQLResolveInfo,
  ): Promise<BreachPayload> {
    return changeTo(request, info, input, (operation, by) => reportFinding(operation, input, by))
  }

  @Allow('breach:claim')
  @Mutation(() => BreachConfirmPayload, {
    nullable: true,
    description:
      'The side that was wronged takes a breach up: DETECTED to CONFIRMED. Codes: BLANK, INVALID, INVALID_STATE, NOT_FOUND, OTHER_SIDE, STALE_REVISION, TOO_LONG.',
  })
  breachConfirm(
    @Arg('input', () => BreachConfirmInput, { description: 'The breach.' }) input: BreachConfirmInput,
    @Ctx('request') request: Request,
    @Info() info: GraphQLResolveInfo,
  ): Promise<BreachPayload> {
    return change(request, info, input, (operation, by) => confirmBreach(operation, input, by))
  }

  @Allow('breach:claim')
  @Mutation(() => BreachNotifyPayload, {
    nullable: true,
    description:
      'It tells the other side of its claim: CONFIRMED to NOTIFIED. Codes: BLANK, INVALID, INVALID_STATE, NOT_FOUND, OTHER_SIDE, STALE_REVISION, TOO_LONG.',
  })
  breachNotify(
    @Arg('input', () => BreachNotifyInput, { description: 'The breach.' }) input: BreachNotifyInput,
    @Ctx('request') request: Request,
    @Info() info: GraphQLResolveInfo,
  ): Promise<BreachPayload> {
    return change(request, info, input, (operation, by) => notifyBreach(operation, input, by))
  }

  @Allow('breach:claim')
  @Mutation(() => BreachAcceptPayload, {
    nullable: true,
    description:
      'The side that broke it owns up: NOTIFIED to ACCEPTED. Codes: BLANK, INVALID, INVALID_STATE, NOT_FOUND, OTHER_SIDE, STALE_REVISION, TOO_LONG.',
  })
  breachAccept(
    @Arg('input', () => BreachAcceptInput, { description: 'The breach.' }) input: BreachAcceptInput,
    @Ctx('request') request: Request,
    @Info() info: GraphQLResolveInfo,
  ): Promise<BreachPayload> {
    return change(request, info, input, (operation, by) => acceptBreach(operation, input, by))
  }

  @Allow('breach:claim')
  @Mutation(() => BreachDisputePayload, {
    nullable: true,
    description:
      'The side that is said to have broken it says why it did not: NOTIFIED to DISPUTED. Codes: BLANK, INVALID, INVALID_STATE, NOT_FOUND, OTHER_SIDE, STALE_REVISION, TOO_LONG.',
  })
  breachDispute(
    @Arg('input', () => BreachDisputeInput, { description: 'The breach, and the grounds.' })
    input: BreachDisputeInput,
    @Ctx('request') request: Request,
    @Info() info: GraphQLResolveInfo,
  ): Promise<BreachPayload> {
    return change(request, info, input, (operation, by) => disputeBreach(operation, input, by))
  }

  @Allow('breach:claim')
  @Mutation(() => BreachUpholdPayload, {
    nullable: true,
    description:
      'Records a decision, with its document, that a disputed breach is one. An award or a judgment binds both sides; what a mediation came to stands once the other side has entered the same. A decision may set the amount: the price is then AGREED. Codes: BLANK, INVALID, INVALID_STATE, IN_FUTURE, NOT_FOUND, STALE_REVISION, TOO_LARGE, TOO_LONG, TOO_SMALL.',
  })
  breachUphold(
    @Arg('input', () => BreachUpholdInput, { description: 'The breach, and the decision.' })
    input: BreachUpholdInput,
    @Ctx('request') request: Request,
    @Info() info: GraphQLResolveInfo,
  ): Promise<BreachPayload> {
    return change(request, info, input, (operation, by) => decideBreach(operation, input, by, 'UPHELD'))
  }

  @Allow('breach:claim')
  @Mutation(() => BreachRejectPayload, {
    nullable: true,
    description:
      'Records a decision, with its document, that a disputed breach is none: its share of the cap is given back, and later prices are derived anew. An award or a judgment binds both sides; what a mediation came to stands once the other side has entered the same. Codes: BLANK, INVALID, INVALID_STATE, IN_FUTURE, NOT_FOUND, STALE_REVISION, TOO_LONG.',
  })
  breachReject(
    @Arg('input', () => BreachRejectInput, { description: 'The breach, and the decision.' })
    input: BreachRejectInput,
    @Ctx('request') request: Request,
    @Info() info: GraphQLResolveInfo,
  ): Promise<BreachPayload> {
    return change(request, info, input, (operation, by) => decideBreach(operation, input, by, 'REJECTED'))
  }

  @Allow('breach:claim')
  @Mutation(() => BreachWaivePayload, {
    nullable: true,
    description:
      'The side that was wronged lets one breach go, and no other: of the same root cause another one may still cost as much. Codes: BLANK, INVALID, INVALID_STATE, NOT_FOUND, OTHER_SIDE, STALE_REVISION, TOO_LONG.',
  })
  breachWaive(
    @Arg('input', () => BreachWaiveInput, { description: 'The breach, and why.' }) input: BreachWaiveInput,
    @Ctx('request') request: Request,
    @Info() info: GraphQLResolveInfo,
  ): Promise<BreachPayload> {
    return change(request, info, input, (operation, by) => waiveBreach(operation, input, by))
  }

  @Allow('breach:report')
  @Mutation(() => BreachCurePayload, {
    nullable: true,
    description:
      'States when a breach was made good whose clock does not say so; the claim stays, and damages per day end. A late payment is made good by the payment alone, and a duty whose clock still runs by doing it, unless the side it is owed to says otherwise. Codes: BLANK, INVALID, INVALID_STATE, IN_FUTURE, NOT_FOUND, STALE_REVISION, TOO_LONG, TOO_SMALL.',
  })
  breachCure(
    @Arg('input', () => BreachCureInput, { description: 'The breach, and what shows it.' })
    input: BreachCureInput,
    @Ctx('request') request: Request,
    @Info() info: GraphQLResolveInfo,
  ): Promise<BreachPayload> {
    return change(request, info, input, (operation, by) => cureBreach(operation, input, by))
  }

  @Allow('breach:claim')
  @Mutation(() => BreachLinkRootCausePayload, {
    nullable: true,
    description:
      'Counts the root cause of a breach under that of another, of the same agreement and side: all their findings stay, and the dearest costs once. Only the side that was wronged may, before either price is agreed. Codes: BLANK, INVALID, INVALID_STATE, NOT_FOUND, OTHER_SIDE, STALE_REVISION, TOO_LONG.',
  })
  breachLinkRootCause(
    @Arg('input', () => BreachLinkRootCauseInput, { description: 'Both breaches.' })
    input: BreachLinkRootCauseInput,
    @Ctx('request') request: Request,
    @Info() info: GraphQLResolveInfo,
  ): Promise<BreachPayload> {
    return change(request, info, input, (operation, by) => linkRootCause(operation, input, by))
  }
}

const change = (
  request: Request,
  info: GraphQLResolveInfo,
  input: { idempotencyKey: string },
  work: (operation: Operation, by: Claimant) => Promise<Breach>,
): Promise<BreachPayload> =>
  changeTo(request, info, input, async (operation, by) => {
    const { id, assessmentId } = await work(operation, by)
    return { breachId: id, assessmentId }
  })

async function changeTo(
  request: Request,
  info: GraphQLResolveInfo,
  input: { idempotencyKey: string },
  work: (operation: Operation, by: Claimant) => Promise<{ breachId: string; assessmentId: string }>,
): Promise<BreachPayload> {
  const by = { side: sideOf(request.caller), actor: request.actor }
  const { ids, userErrors } = await request.change(info, input, operation => work(operation, by))
  return {
    breach: () => ids && request.load(breachById, ids.breachId).then(row => row && toBreach(row)),
    assessment: () =>
      ids && request.load(assessmentById, ids.assessmentId).then(row => row && toAssessment(row)),
    userErrors,
  }
}
