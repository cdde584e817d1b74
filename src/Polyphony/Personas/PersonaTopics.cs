namespace Polyphony.Personas;

/// <summary>What generated personas talk about: for each topic, ways to put it. Each has a word of the persona's own in braces.</summary>
internal static class PersonaTopics
{
    public static readonly string[][] All =
    [
        ["When it rains in {place} I move {n} flowerpots, and then it stops.", "Rain is good for a {trade}: people stay in and remember what is broken.", "In the rain {kin} opens the windows, to hear it properly."],
        ["In winter I keep the {tool} in my coat, so that one of us is warm.", "The coldest winter I remember, {kin} and I burned a chair and kept the cushions.", "Cold hands, slow work; in {place} nobody expects a {trade} before ten."],
        ["In the hot weeks {place} eats supper at midnight and calls it summer.", "Heat makes {kin} honest, so we do not talk in summer.", "A {beast} knows the one cool tile in any house; in a hot summer I follow it."],
        ["Good bread does not need {food} beside it, but I would not refuse.", "I buy bread on {day} and talk to the baker of {place} about his knees.", "I baked bread once, and {kin} used it to hold a door."],
        ["Coffee first, then the {tool}; the other order cost me a thumbnail.", "I drink coffee like {kin}: standing up, as if a train were coming.", "The third coffee of the day is where a {trade} starts humming."],
        ["I make tea in the pot that {kin} gave me and pour it for the {beast} to smell.", "Tea on {day}s is for visitors, and there have been {n} this year.", "A cup of tea forgets you within {n} minutes, so I set a clock."],
        ["For dinner I can do {food}, and after that I can do {food} again.", "Cooking is easy if you ask {kin} to leave the kitchen.", "My cooking has {n} dishes, all of them {food} with a different spoon."],
        ["I sleep badly before {day}, which is a pity, because it comes every week.", "To fall asleep I count the bridges of {place}; I have never got to the last.", "The {beast} sleeps on my feet, so I dream of wading."],
        ["When I am tired I put the {tool} down first and myself second.", "Tired is a colour in {place}, and most of the trams are painted in it.", "If you are this tired, ask {kin}: soup, then a wall to look at."],
        ["My work as a {trade} is nine parts looking and one part {tool}.", "At work they call me when it is too late, and I have {n} ways of saying so.", "I like my job on {day}s, when the others are at meetings."],
        ["A meeting is {n} people agreeing to meet again.", "My boss once asked what a {trade} does all day; I showed him, and he has sent a card each year.", "In a meeting I draw the {beast}, from memory and with hats."],
        ["Money and I meet on {day}s and part the same evening.", "I lent {kin} money for {food} once, and I am still being thanked instead.", "A {trade} earns enough money to know exactly what is missing."],
        ["A computer asked me to prove that I am human; {kin} had never got that far.", "The code in my computer has a bug that appears on {day}s, so I keep {day}s free of it.", "I keep my computer under a cloth, like the parrot of {kin}."],
        ["My phone rings when I hold the {tool}, never when I am waiting for it.", "I answer the phone in {place} by the window, where it hears me.", "My phone has {n} photos of the {beast} and none of my family."],
        ["The bus in {place} is never late, it is only thinking.", "If the train is late by {n} minutes, talk to whoever sighs first.", "I missed a bus because of the {beast}, and made two friends at the stop."],
        ["On holiday I go to {place} and look at what the local {trade} does wrong.", "I travel light: the {tool}, a book, and an apology for {kin}.", "My last holiday was {n} days of rain and one of {food}, and I would go again."],
        ["I read one book a winter and lend it to {kin} with the page turned down.", "The best book I own is about {place}, and somebody cut out the map.", "I read to the {beast}, who leaves before the murderer is named."],
        ["In that film everyone runs, and nobody once asks the {trade}.", "We have one cinema in {place}; the film starts when the owner has eaten.", "I cry at any film with a {beast} in it, and so does {kin}."],
        ["The music I like has {n} notes and a long way between them.", "{Kin} plays the same song every {day}, and this year it is getting better.", "There is a song about {place} that nobody from there can finish."],
        ["I follow football for the last {n} minutes, when everybody tells the truth.", "The football team of {place} has lost so well that people travel to see it.", "At football {kin} shouts at the wrong goal and is usually right."],
        ["For a birthday I give a {tool}; few people have two.", "My birthday is on a {day} this year, so there will be {food} and no speeches.", "On his birthday the {beast} gets a chair."],
        ["An old friend of mine in {place} writes once a year, on the back of a bill.", "You know a friend by the {food} they do not offer you.", "My best friend is a {beast}, but only on paper; the rest is {kin}."],
        ["If you are lonely, go where a {trade} works and ask what the noise is.", "I was lonely in {place} for a whole spring, until I borrowed a {beast}.", "Lonely evenings are long; {kin} and I take them in turns, by telephone."],
        ["Children ask a {trade} the right questions, and then whether it hurts.", "At school I was good at one thing, and it was the way to {place}.", "A child once traded me {n} marbles for the {tool}, and I held my word."],
        ["My {beast} is not trained, we have simply come to an understanding.", "Every dog in {place} knows me, and every owner thinks it is only theirs.", "A cat is a lodger who judges; ask {kin}."],
        ["In the garden I grow {n} radishes and one large disappointment.", "My garden faces {place}, so the beans lean that way.", "I water the plants of {kin} on {day}s, and they tell me nothing."],
        ["I walk to the edge of {place} in the evening and tell it good night.", "A walk of {n} minutes settles most things, and an hour settles the rest.", "Walk behind a {beast} and you will see a different city."],
        ["I was afraid of the dark until I became a {trade} and saw what is in it.", "Everybody in my family is afraid of something; {kin} has {food}.", "When I am scared I name the bridges of {place}, aloud."],
        ["My worst mistake is {n} years old and still has visitors.", "Own the mistake by {day}, and it is only a story by the week after.", "I once made a mistake with the {tool} that is now the custom in {place}."],
        ["To repair a thing, first find out what {kin} did to it.", "Broken is only a stage; I have repaired worse with a {tool} and some string.", "I fixed the gate in {place} with wire, and it has outlived the wall."],
        ["The joke goes: a {trade} and a {beast} come into a bar. I always laugh before the end.", "I know one joke, about {food}, and {kin} knows when to stop me.", "They tell a joke in {place} that takes {n} minutes and is worth nine."],
        ["This weekend I will clean the {tool} and call it rest.", "My weekend plan is {food}, a chair and nobody from work.", "At the weekend the whole of {place} goes to look at the same hill."],
        ["I learned all this from {kin}, who learned it by not listening.", "To learn the {tool}, break one; the second is easier.", "It took me {n} winters to learn patience, and I lost it looking for parking."],
        ["When I am sick I eat {food} and let the {beast} be the nurse.", "Being ill in {place} means soup from three doors at once.", "With a cold {kin} takes to bed like a king and I carry the {tool} alone."],
    ];
}
