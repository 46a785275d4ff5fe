import { addMessages } from '../platform/language.js'

addMessages({
  SUBSCRIBE_OVER_WEBSOCKET: {
    en: 'Subscriptions run over a WebSocket at this address: subprotocol graphql-transport-ws.',
    'zh-CN': '订阅须通过此地址的 WebSocket 进行:子协议 graphql-transport-ws。',
  },
  TOO_MANY_OPERATIONS: {
    en: 'At most {max} operations at once on one socket.',
    'zh-CN': '一个连接上同时最多 {max} 个操作。',
  },
})
