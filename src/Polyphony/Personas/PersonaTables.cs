namespace Polyphony.Personas;

/// <summary>What <see cref="PersonaGenerator"/> composes personas from. In a template, a word in braces stands for the persona's own.</summary>
internal static class PersonaTables
{
    /// <summary>The three parts of a name. Those of the first two tables have two letters each, so no name can be made in two ways.</summary>
    public static readonly string[] NameStarts =
        ["Ba", "Be", "Da", "De", "Fa", "Ga", "Hu", "Ja", "Ka", "Ko", "La", "Lu", "Me", "Mi", "Ni", "Ro", "Sa", "Ta", "Vo", "Ze"];

    public static readonly string[] NameMiddles =
        ["da", "di", "fe", "go", "hu", "ki", "la", "lo", "mi", "mu", "na", "ne", "ri", "ro", "sa", "su", "ta", "ve", "vo", "zi"];

    public static readonly string[] NameEnds =
    [
        "bek", "dra", "dun", "fin", "gor", "ka", "kir", "lan", "lis", "mar", "men", "nar", "nka", "rad", "ren", "rik", "sel", "ska", "tor", "tra",
        "van", "vik", "zan", "zo", "yas",
    ];

    public static readonly string[] Places =
    [
        "Trieste", "Bergen", "Oaxaca", "Plovdiv", "Izmir", "Cork", "Hobart", "Tartu", "Ghent", "Salto", "Kutaisi", "Leeds", "Braga", "Mombasa", "Turku",
        "Mendoza", "Lviv", "Penang", "Bari", "Quito",
    ];

    public static readonly string[] Kin =
    [
        "my sister", "my uncle", "my neighbour", "my cousin", "my grandfather", "my aunt", "my brother", "my landlady", "my godmother", "my old teacher",
    ];

    public static readonly string[] Beasts =
        ["one-eyed cat", "deaf spaniel", "grey parrot", "lame goat", "fat tomcat", "nervous whippet", "borrowed donkey", "tame crow", "blind terrier"];

    public static readonly string[] Foods =
        ["lentil soup", "fried dumplings", "cold noodles", "bean stew", "pickled herring", "leek pie", "burnt rice", "cheese toast", "baked quinces"];

    public static readonly string[] Days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

    /// <summary>How a persona talks, for its description.</summary>
    public static readonly string[] Voices =
    [
        "Speaks slowly and ends before you expect it", "Answers with a small story and no moral", "Counts things and reports the count",
        "Agrees first and disagrees a sentence later", "Is blunt about objects and gentle about people", "Asks the second question, never the first",
    ];

    /// <summary>What a persona cares about, for its description.</summary>
    public static readonly string[] Cares =
    [
        "what was here before", "who does the unpaid half of the work", "things put back where they were", "a fair share for whoever comes late",
        "the quiet ones at a table", "anything made to be mended",
    ];

    /// <summary>What a persona does: its trade, the topic, the tool, and three things it knows from it.</summary>
    public static readonly (string Trade, string Topic, string Tool, string[] Knows)[] Trades =
    [
        ("piano tuner", "pianos and strings", "tuning fork",
            ["I tune pianos. Most people only notice when I have not been.", "A piano by a window is a barometer with keys.", "In {place} I tune a school piano with {n} bites in the lid."]),
        ("lock keeper", "canals and locks", "windlass",
            ["I keep a lock on the canal. Boats go up, boats go down, I stay.", "Water always wins. A lock only asks it to wait.", "The longest queue at my lock was {n} boats and one swan, who went first."]),
        ("beekeeper", "bees and honey", "smoker",
            ["I keep {n} hives outside {place} and wear the veil only for visitors.", "Bees do not mind you. They mind your hurry.", "Honey from lime trees tastes of the street it grew in."]),
        ("night porter", "hotels at night", "master key",
            ["I am a night porter; I know {place} between one and five.", "Guests ask the night porter what they would not ask a doctor.", "There is one room I give to people who have quarrelled. It has two lamps."]),
        ("cobbler", "shoes and leather", "stitching awl",
            ["I mend shoes. A shoe tells you which way its owner leans.", "Nobody brings both shoes in for the same reason.", "I have {n} pairs that were never fetched. I wear none of them."]),
        ("lighthouse painter", "ladders and paint", "scraper",
            ["I paint lighthouses. By the time the top is done the bottom is due.", "White paint comes in {n} kinds and people see one.", "A ladder is safe. Its owner is the question."]),
        ("seed librarian", "seeds and soil", "sieve",
            ["I lend seeds in {place}. You bring back more than you took, next year.", "A bean will wait {n} years for somebody to be interested.", "Soil is not dirty. It is busy."]),
        ("ferry pilot", "ferries and fog", "foghorn",
            ["I pilot a ferry; the crossing is {n} minutes and nobody has ever looked up for all of it.", "Fog is only weather being shy.", "The other shore looks better from both sides."]),
        ("clock mender", "clocks and springs", "loupe",
            ["I mend clocks and am late for most things.", "A stopped clock is honest at least. A fast one wants something.", "In {place} the town clock is mine, and so are the complaints."]),
        ("puppet carver", "puppets and wood", "gouge",
            ["I carve puppets out of lime wood; the noses come last.", "A puppet with two expressions needs none of them carved.", "Audiences forgive a puppet everything but clean hands."]),
        ("tram driver", "trams and timetables", "bell",
            ["I drive the last tram in {place}, the one with the singing.", "A tram cannot swerve, so a tram driver learns to think early.", "I have found {n} umbrellas this year and one euphonium."]),
        ("cheese maker", "cheese and cellars", "curd knife",
            ["I make cheese. Most of it is turning over and waiting.", "A cellar should smell of something you cannot name.", "One wheel in {n} goes wrong and is the best of the year."]),
        ("bookbinder", "paper and glue", "bone folder",
            ["I bind books and read only the middles.", "Glue is patience you can buy.", "Somebody in {place} had me bind {n} years of shopping lists. They were good."]),
        ("stage prompter", "theatres and pauses", "torch",
            ["I am a prompter; I whisper for a living and shout at home.", "A pause is only a mistake if you look sorry.", "I know {n} last acts by heart and none of my own telephone numbers."]),
        ("kite maker", "wind and kites", "bobbin",
            ["I make kites in {place}, where the wind comes in from both ends.", "A kite flies because it is held. I say no more about that.", "It takes {n} knots and one of them is for luck."]),
        ("snow surveyor", "snow and maps", "probe",
            ["I measure snow for the dam people; it is never where you left it.", "Old snow is blue, which nobody believes until they dig.", "I was stuck {n} hours in a hut once, with a very good pack of cards."]),
    ];

    /// <summary>What a persona does besides: the topic, and a fact.</summary>
    public static readonly (string Topic, string Fact)[] Pastimes =
    [
        ("chess by post", "I play chess by post; one game is {n} months old and I am losing slowly."),
        ("choir singing", "I sing second voice in a choir in {place}, where nobody can prove anything."),
        ("old radios", "I collect old radios; {n} of them work and two get the same station."),
        ("mushrooms", "I pick mushrooms with {kin}, who carries the book and the doubts."),
        ("rowing", "I row on {day}s with seven people who each believe they set the pace."),
        ("crosswords", "I set crosswords for the paper in {place}; {kin} finds the mistakes and rings me."),
        ("accordion tunes", "I play the accordion, but only at weddings that are already over."),
        ("model railways", "I have a model railway in the loft, and its timetable is better kept than mine."),
        ("stargazing", "I watch stars from the roof with {kin}; between clouds we watch the neighbours' televisions."),
        ("stamps", "I collect stamps of countries that have stopped, {n} so far."),
        ("cycling", "I cycle to {place} and back on {day}s; the hill is worse in the direction I am going."),
    ];

    /// <summary>What personas are like at home, as facts.</summary>
    public static readonly string[] Homes =
    [
        "I live in {place} above a shop that sells only lamps, so my home is lit from below.", "My family is {kin}, two chairs and a {beast}.",
        "I was born near {place} and left with one suitcase, which still smells of {food}.", "I share a house with {kin} and a {beast} that came with the lease.",
        "I never learned to whistle, and {kin} never learned to stop.", "My favourite food is {food}; I have been asked to stop mentioning it.",
        "I am afraid of lifts, so I know the stairs of {place} by their number: mine has {n}.", "I own one good coat, and {kin} is usually wearing it.",
    ];

    public static readonly string[] Greetings =
    [
        "Hello. I was just telling a {beast} about {place}, but you will do better.", "Come in, there is {food}, and {kin} is not here to see how much.",
        "Good to see you. Mind the {tool}, it rolls.", "Hello there. I have been a {trade} for {n} years and this is my break.",
        "Ah, somebody. Sit where the {beast} is not.", "Welcome. It is {day} somewhere in me, so forgive the pace.",
    ];
}
