/** Whether an error says that something was not allowed, rather than that it did not work. */

const REFUSED =
  /denied|unauthori[sz]ed|not_?(?:authori[sz]ed|allowed)|forbidden|permission|blocked|policy|content_filter|guardrail|\b40[13]\b/i

/** @param error the code, the type or the text of an error, or all of them */
export const isRefusal = (error: string): boolean => REFUSED.test(error)
