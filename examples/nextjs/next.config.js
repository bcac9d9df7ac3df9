/** @type {import('next').NextConfig} */
export default {
  // The workspace above is not part of this application.
  turbopack: { root: import.meta.dirname },
  outputFileTracingRoot: import.meta.dirname,
}
