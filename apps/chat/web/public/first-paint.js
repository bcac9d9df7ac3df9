// Runs before the first paint, so that a chosen scheme or language never flashes the other one.
;(function () {
  var root = document.documentElement
  var theme, language
  try {
    theme = localStorage.getItem('wschat.theme')
    language = localStorage.getItem('wschat.language')
  } catch {
    // Storage may be forbidden; the browser's own preferences apply then.
  }
  if (theme === 'light' || theme === 'dark') root.dataset.theme = theme
  if (language !== 'ko' && language !== 'en') {
    var wanted = (navigator.languages || [navigator.language]).map(function (tag) {
      return tag.slice(0, 2).toLowerCase()
    })
    language = wanted.find(function (tag) {
      return tag === 'ko' || tag === 'en'
    })
  }
  root.lang = language || 'en'
})()
