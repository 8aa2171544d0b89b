"use strict";
const form = document.getElementById("filter");
const articles = [...document.querySelectorAll("article")].map((element) => ({
  element,
  text: element.textContent.toLowerCase(),
  clusters: element.dataset.clusters.split(" "),
  teams: JSON.parse(element.dataset.teams),
}));

function filter() {
  const object = form.elements.object.value.toLowerCase();
  const cluster = form.elements.cluster.value;
  const team = form.elements.team.value;
  let shown = 0;
  for (const one of articles) {
    const matches =
      one.text.includes(object) && (!cluster || one.clusters.includes(cluster)) && (!team || one.teams.includes(team));
    one.element.hidden = !matches;
    shown += matches ? 1 : 0;
  }
  for (const section of document.querySelectorAll("main > section")) {
    const own = [...section.querySelectorAll("article")];
    section.hidden = own.length > 0 && own.every((article) => article.hidden);
  }
  form.querySelector("output").textContent = `${shown} of ${articles.length} entries`;
}

form.hidden = false;
form.addEventListener("input", filter);
form.addEventListener("submit", (event) => event.preventDefault());
filter();
