// Reloads the page when a mail has come.
const shown = document.body.dataset.count;
setInterval(async () => {
  const answer = await fetch("/count").catch(() => undefined);
  if (answer?.ok && (await answer.text()) !== shown) location.reload();
}, 1000);
