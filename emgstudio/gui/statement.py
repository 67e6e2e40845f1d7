"""What everybody must know before using the app: the research-use statement and people's safety."""

STATEMENT = (
    "EMG Studio is software for education, training and research. It is not a medical device, "
    "gives no diagnosis and must not be the only basis of a treatment decision. Follow the "
    "instructions of your sensor's maker."
)

SAFETY = (
    "Do not use sensors on people with implanted electronic devices, on wounds or irritated skin, "
    "or when there is an allergy to the electrode material.",
    "Hobby boards on a cable: run the laptop on battery or use an isolator.",
    "Stop if the skin burns or itches. Before maximal efforts ask about pain, recent surgery and "
    "blood pressure, and keep breathing.",
)
