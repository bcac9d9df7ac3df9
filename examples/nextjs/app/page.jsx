export default function Page() {
  return <h1>A page of yours</h1>
}
