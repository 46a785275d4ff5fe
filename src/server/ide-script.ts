/** What a newcomer sees first: how to be somebody, a query, and how to watch. Everything before the query is a comment. */
const FIRST_QUERY = `# 1. Who asks? A token for the demo comes from a terminal:
#      npm run -s token -- --tenant demo --role ADMIN
#    "No environment" (top right), "Environments...": put it in as "token", and save.
#    The Authorization header and the sockets of subscriptions take it from there.
#    This page alone has it: closed or loaded again, it has forgotten it.
# 2. The arrows beside Docs read the schema with your token.
# 3. Ctrl+Enter runs what the cursor is in.

query Agreements {
  agreements(first: 5) {
    nodes { number state endsOn customer { name } }
  }
}

# What happens, as it happens:
subscription Events {
  events { type subject { id } clause cursor }
}
`

const SETTINGS = {
  initialName: 'Surety',
  initialQuery: FIRST_QUERY,
  initialHeaders: { Authorization: 'Bearer {{token}}' },
  initialSubscriptionRequestHandlerId: 'graphql-ws',
  initialSubscriptionsPayload: { authorization: 'Bearer {{token}}' },
  initialEnvironments: { base: { title: 'Surety', variables: { token: '' } } },
  initialSettings: {
    'banners.disable': true,
    'alert.disableUpdateNotification': true,
    disablePushNotification: true,
    'schema.reloadOnStart': false,
    'schema.reload.onEnvChange': true,
  },
  // A token typed in is nothing that a browser should keep.
  preserveState: false,
  disableAccount: true,
}

/** The script that begins the editor: at the address of its own page, whatever stands before it. */
export function pageScript(): string {
  return `const page = location.href.split(/[?#]/)[0]
AltairGraphQL.init({
  endpointURL: page,
  subscriptionsEndpoint: page.replace(/^http/, 'ws'),
  ...${JSON.stringify(SETTINGS)},
})
`
}
