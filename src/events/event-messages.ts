import { addMessages } from '../platform/language.js'

addMessages({
  BAD_EVENT_CURSOR: {
    en: 'The cursor is not one of this tenant: start again without it.',
    'zh-CN': '游标不属于此租户:请不带游标重新开始。',
  },
  CURSOR_EXPIRED: {
    en: 'Events behind this cursor are past their {days} days: read the records anew, then go on from extensions.oldestCursor.',
    'zh-CN': '该游标之后的事件已超过 {days} 天的保留期:请重新读取记录,再从 extensions.oldestCursor 继续。',
  },
})
