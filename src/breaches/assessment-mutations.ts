import type { GraphQLResolveInfo } from 'graphql'
import { Arg, type ClassType, Ctx, Info, Mutation, Resolver } from 'type-graphql'
import type { Operation } from '../persistence/index.js'
import { Allow, payloadOf, type UserError } from '../platform/graphql/contract.js'
import { Request } from '../tenancy/index.js'
import type { Assessment } from './assessment.js'
import { AssessmentType, toAssessment } from './assessment-types.js'
import { assessmentById } from './breach-loaders.js'
import { type Claimant, sideOf } from './claim.js'
import {
  AssessmentAgreeInput,
  AssessmentSettleInput,
  LossClaimFileInput,
  LossClaimWithdrawInput,
} from './claim-inputs.js'
import { agreeAssessment, fileLossClaim, settleAssessment, withdrawLossClaim } from './settling.js'

interface AssessmentPayload {
  assessment: () => Promise<AssessmentType | null> | null
  userErrors: UserError[]
}

const payload = (mutation: string): ClassType<AssessmentPayload> =>
  payloadOf<AssessmentPayload>(mutation, {
    assessment: {
      type: () => AssessmentType,
      description: 'The price as it is now; null when nothing happened.',
    },
  })

const LossClaimFilePayload = payload('lossClaimFile')
const LossClaimWithdrawPayload = payload('lossClaimWithdraw')
const AssessmentAgreePayload = payload('assessmentAgree')
const AssessmentSettlePayload = payload('assessmentSettle')

@Resolver()
export class AssessmentMutations {
  @Allow('breach:claim')
  @Mutation(() => LossClaimFilePayload, {
    nullable: true,
    description:
      'The side that was wronged claims what it lost: beyond the damages that is owed as well (clause 5.3.2). A later claim replaces an earlier one. Codes: BLANK, INVALID, INVALID_STATE, NOT_FOUND, OTHER_SIDE, STALE_REVISION, TOO_LARGE, TOO_LONG, TOO_SMALL.',
  })
  lossClaimFile(
    @Arg('input', () => LossClaimFileInput, { description: 'The loss.' }) input: LossClaimFileInput,
    @Ctx('request') request: Request,
    @Info() info: GraphQLResolveInfo,
  ): Promise<AssessmentPayload> {
    return change(request, info, input, (operation, by) => fileLossClaim(operation, input, by))
  }

  @Allow('breach:claim')
  @Mutation(() => LossClaimWithdrawPayload, {
    nullable: true,
    description:
      'It takes that claim back: the damages stay (clause 5.3.2). Codes: BLANK, INVALID, INVALID_STATE, NOT_FOUND, OTHER_SIDE, STALE_REVISION, TOO_LONG.',
  })
  lossClaimWithdraw(
    @Arg('input', () => LossClaimWithdrawInput, { description: 'The price.' }) input: LossClaimWithdrawInput,
    @Ctx('request') request: Request,
    @Info() info: GraphQLResolveInfo,
  ): Promise<AssessmentPayload> {
    return change(request, info, input, (operation, by) => withdrawLossClaim(operation, input, by))
  }

  @Allow('breach:claim')
  @Mutation(() => AssessmentAgreePayload, {
    nullable: true,
    description:
      'Agrees, for your side, to the price as it stands, or to another amount. It is AGREED once the other side has agreed to the same amount (clause 5.3.1); another price voids what was agreed to so far, but an amount that is named stands while a price merely grows by the day. Codes: BLANK, INVALID, INVALID_STATE, NOT_FOUND, REQUIRED, STALE_REVISION, TOO_LARGE, TOO_LONG, TOO_SMALL.',
  })
  assessmentAgree(
    @Arg('input', () => AssessmentAgreeInput, { description: 'The price, and what you agree to.' })
    input: AssessmentAgreeInput,
    @Ctx('request') request: Request,
    @Info() info: GraphQLResolveInfo,
  ): Promise<AssessmentPayload> {
    return change(request, info, input, (operation, by) => agreeAssessment(operation, input, by))
  }

  @Allow('breach:claim')
  @Mutation(() => AssessmentSettlePayload, {
    nullable: true,
    description:
      'The side that was to get it says that it was paid: AGREED to SETTLED. Paying does not release the duty, and what was paid for can not be waived. Codes: BLANK, INVALID, INVALID_STATE, IN_FUTURE, NOT_FOUND, OTHER_SIDE, STALE_REVISION, TOO_LONG.',
  })
  assessmentSettle(
    @Arg('input', () => AssessmentSettleInput, { description: 'The price, and what shows it.' })
    input: AssessmentSettleInput,
    @Ctx('request') request: Request,
    @Info() info: GraphQLResolveInfo,
  ): Promise<AssessmentPayload> {
    return change(request, info, input, (operation, by) => settleAssessment(operation, input, by))
  }
}

async function change(
  request: Request,
  info: GraphQLResolveInfo,
  input: { idempotencyKey: string },
  work: (operation: Operation, by: Claimant) => Promise<Assessment>,
): Promise<AssessmentPayload> {
  const by = { side: sideOf(request.caller), actor: request.actor }
  const { ids, userErrors } = await request.change(info, input, async operation => ({
    assessmentId: (await work(operation, by)).id,
  }))
  return {
    assessment: () =>
      ids && request.load(assessmentById, ids.assessmentId).then(row => row && toAssessment(row)),
    userErrors,
  }
}
