import { addMessages } from '../platform/language.js'

addMessages({
  SUBSCRIBE_OVER_WEBSOCKET: {
    en: 'Subscriptions run at this address as server-sent events (Accept: text/event-stream) or over a WebSocket (subprotocol graphql-transport-ws).',
    'zh-CN':
      '订阅须通过此地址以服务器推送事件(Accept: text/event-stream)或 WebSocket(子协议 graphql-transport-ws)进行。',
  },
  TOO_MANY_OPERATIONS: {
    en: 'At most {max} operations at once on one connection.',
    'zh-CN': '一个连接上同时最多 {max} 个操作。',
  },
  TOO_MANY_CONNECTIONS: {
    en: 'At most {max} connections at once. Come back when one of yours is closed.',
    'zh-CN': '同时最多 {max} 个连接。请在已有连接关闭后重试。',
  },
})
