import type { ApolloServerPlugin } from '@apollo/server'
import type { RequestContext } from '../../tenancy/index.js'
import type { Bill } from './bill.js'
import type { Bounds } from './bounds.js'

/** Charges each query and mutation before it's executed, over whatever it came, and says in its answer what it cost. */
export function chargeOperations(bounds: Bounds): ApolloServerPlugin<RequestContext> {
  return {
    requestDidStart: async ({ contextValue, request: { variables = {} } }) => {
      let bill: Bill | null = null
      return {
        didResolveOperation: async ({ document, operation }) => {
          bill = bounds.bill(
            contextValue.request.caller,
            operation ? { document, operation, variables } : null,
          )
          bill.charge()
        },
        willSendResponse: async ({ response: { body } }) => {
          if (body.kind !== 'single') return
          const result = body.singleResult
          const cost = (bill ?? bounds.bill(contextValue.request.caller, null)).settle(result.data)
          result.extensions = { ...result.extensions, cost }
        },
      }
    },
  }
}
