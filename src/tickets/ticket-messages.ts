import { addMessages } from '../platform/language.js'

addMessages({
  NO_SUCH_FILE: { en: 'This link leads to no file.', 'zh-CN': '该链接未指向任何文件。' },
  FILE_LINK_OVER: { en: 'This link is over: ask for another one.', 'zh-CN': '该链接已过期:请重新获取。' },
  FILE_NOT_AWAITED: {
    en: 'No file is awaited here any more: it has come, or its time is over.',
    'zh-CN': '此处不再接收文件:文件已上传或链接已过期。',
  },
  FILE_DIFFERS: {
    en: 'This is not the file that was announced: its size or SHA-256 differs. Nothing was kept.',
    'zh-CN': '文件与登记的不符(大小或 SHA-256 不一致),未保存任何内容。',
  },
  TOO_MANY_UPLOADS: {
    en: 'Many files are coming in: send it again in a moment.',
    'zh-CN': '正在接收的文件较多:请稍后重试。',
  },
  SEARCH_TOO_LONG: {
    en: 'Search for at most {max} characters.',
    'zh-CN': '搜索内容不超过 {max} 个字符。',
  },
  SUPPORT_ONLY: {
    en: 'Only a ticket of kind SUPPORT has a category (clause 7.3.1).',
    'zh-CN': '仅技术支持类工单(SUPPORT)可设类别(7.3.1)。',
  },
  SOFTWARE_TWICE: {
    en: 'Name the software by its id or in words, not both.',
    'zh-CN': '软件以 id 或名称指明其一即可。',
  },
  REOPENED_TOO_LATE: {
    en: 'It was solved more than {days} days ago: report it anew.',
    'zh-CN': '该工单解决已超过 {days} 日:请重新报告。',
  },
  DUPLICATE_ELSEWHERE: {
    en: 'The other ticket is of another agreement.',
    'zh-CN': '另一工单属于其他协议。',
  },
  DUPLICATE_CHAIN: {
    en: 'One of them is a duplicate already, or has one: point every duplicate at the ticket that goes on.',
    'zh-CN': '其中之一已是重复工单或已有重复工单:请将各重复工单直接指向继续处理的工单。',
  },
  DUPLICATE_OF_YOUNGER: {
    en: 'The older ticket goes on, with the clocks of its receipt: mark the younger one.',
    'zh-CN': '应由较早的工单按其送达时起算继续处理:请将较晚的标为重复。',
  },
  DUPLICATE_OF_OTHER_KIND: {
    en: 'They are of different kinds, so their clocks differ: reclassify one of them first.',
    'zh-CN': '两工单类型不同,时限各异:请先更正其中一个的类型。',
  },
  DUPLICATE_OF_SOLVED: {
    en: 'The older ticket is solved already: reopen it, or leave this one to itself.',
    'zh-CN': '较早的工单已解决:请重新打开该工单,或单独处理本工单。',
  },
})
